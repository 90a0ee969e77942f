"""The command that proves isolation: does any request of one tenant reach another's data?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.cli.options import AsJson, Instance, Target, answering, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.ids import new_seed

if TYPE_CHECKING:
    from harness.isolation.proof import Proof

WIDTH_PIPED = 200  # where nobody says how wide it is shown
REASONS_SHOWN_MAX = 25
_STYLES = {"good": "green", "bad": "bold red", "unsure": "yellow", "none": "dim"}


def register(application: typer.Typer) -> None:
    """Add this module's command."""
    application.command(
        epilog="Examples: rehearse isolation booking · rehearse isolation booking --output isolation.html"
        " · rehearse isolation booking --forms 1"
    )(isolation)


def isolation(
    system: Annotated[str, typer.Argument(help="A deployed system of many tenants: booking.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the page with every exchange here.")
    ] = None,
    forms: Annotated[int, typer.Option(min=1, help="At most so many forms of each way on each route.")] = 100,
    threads: Annotated[int, typer.Option(min=1, max=32, help="How many requests are under way at once.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Draws what never existed; each run prints its own.")] = None,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Try every route of a system in every way to reach another tenant's data, and say what came of it.

    Exit code 0 when isolation is proven, 1 when it is refuted, 2 when something is left open.
    """
    environment = running(instance, target)

    from harness.isolation.page import write_page
    from harness.isolation.systems import Scope, prove_system

    drawn = new_seed() if seed is None else seed
    with answering(environment), notes.status(f"setting up two tenants of {system}") as status:
        proof = prove_system(system, environment, Scope(drawn, forms, threads, status.update))
    if output is not None:
        write_page(output, proof, arguments=[system, "--seed", str(drawn)])
    if as_json:
        print_json(proof.to_json())
    else:
        _print(proof)
        if output is not None:
            notes.print(f"page: {output}")
    raise typer.Exit(proof.exit_code)


def _print(proof: "Proof") -> None:
    from harness.isolation import view

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("route", "owner", *proof.matrix.ways):
        table.add_column(heading, no_wrap=heading == "route", overflow="fold")
    for row in view.rows(proof):
        owner = Text("✓" if row.served else "no", _STYLES["good" if row.served else "unsure"])
        table.add_row(row.route, owner, *(Text(cell.glyph, _STYLES[cell.mood]) for cell in row.cells))
    console = answers if answers.is_terminal else Console(highlight=False, width=WIDTH_PIPED)
    console.print(table, soft_wrap=False)
    answers.print()
    reasons = list(proof.reasons())
    for reason in reasons[:REASONS_SHOWN_MAX]:
        answers.print(reason, markup=False)
    if len(reasons) > REASONS_SHOWN_MAX:
        answers.print(f"… and {len(reasons) - REASONS_SHOWN_MAX} more: --output page.html shows all", markup=False)
    for name, value in view.facts(proof):
        answers.print(f"{name:<14} {value}", markup=False)
    style = _STYLES[view.MOOD_BY_VALIDITY[proof.validity]]
    answers.print(Text(view.headline(proof), style))
