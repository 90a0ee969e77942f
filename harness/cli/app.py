"""The commands of `rehearse`, gathered."""

import typer

from harness import __version__
from harness.cli import (
    calls,
    capacity,
    clock,
    deploying,
    doctor,
    edge,
    environments,
    faults,
    heat,
    isolation,
    journal,
    monitor,
    parity,
    paying,
    plan,
    report,
    seed,
    staging,
    wallets,
)

application = typer.Typer(
    name="rehearse",
    help="A local AWS for payment and booking systems: deploy them, break them, and see whether the money is safe.",
    epilog="Start with: rehearse up && rehearse deploy && rehearse pay user_test_001 50.00",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)

MODULES = (
    *(environments, deploying, paying, monitor, wallets, seed, report, doctor, isolation, parity),
    staging,
    *(clock, faults, capacity, heat, plan, calls, journal, edge),
)
for module in MODULES:
    module.register(application)


@application.command(epilog="Example: rehearse version")
def version() -> None:
    """Print the version."""
    typer.echo(f"rehearsal {__version__}")
