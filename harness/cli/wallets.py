"""Commands about wallets: open, credit, show."""

import sys
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer

from harness.cli.asking import payments_api
from harness.cli.options import AsJson, Instance, Quiet, Target, answers, notes, print_json, running
from harness.config import INSTANCE_DEFAULT, TARGET_ANY

User = Annotated[str, typer.Argument(help="The user's id, e.g. user_test_001.")]
Amount = Annotated[str, typer.Argument(help="A decimal amount, e.g. 50.00.")]
Currency = Annotated[str, typer.Option("--currency", "-c", help="ISO 4217 code.")]

wallet = typer.Typer(help="Open, top up and show wallets.", no_args_is_help=True)


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    wallet.command("open", epilog="Example: rehearse wallet open user_test_001 1000.00")(open_wallet)
    wallet.command("credit", epilog="Example: rehearse wallet credit user_test_001 250.00")(credit)
    wallet.command("show", epilog="Example: rehearse wallet show user_test_001 --json")(show)
    application.add_typer(wallet, name="wallet")


def open_wallet(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    quiet: Quiet = False,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
) -> None:
    """Make a wallet with this balance, unless the user has one already."""
    api = payments_api(running(instance, target))
    status, document = api.ask("GET", _path(user), expect=(200, 404))
    if status == 404:
        body = {"amount": amount, "currency": currency}
        _, document = api.ask("POST", f"{_path(user)}/credits", expect=(200,), json=body)
    if not quiet:
        _say_balance(document)


def credit(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Top a wallet up."""
    api = payments_api(running(instance, target))
    body = {"amount": amount, "currency": currency}
    _, document = api.ask("POST", f"{_path(user)}/credits", expect=(200,), json=body)
    _print_wallet(document, as_json=as_json)


def show(
    user: User, instance: Instance = INSTANCE_DEFAULT, target: Target = TARGET_ANY, as_json: AsJson = False
) -> None:
    """Show a wallet's balance."""
    _, document = payments_api(running(instance, target)).ask("GET", _path(user), expect=(200,))
    _print_wallet(document, as_json=as_json)


def _path(user: str) -> str:
    return f"/wallets/{quote(user, safe='')}"


def _print_wallet(document: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(document)
        return
    _say_balance(document)
    notes.print(f"version {document['version']}")


def _say_balance(document: Mapping[str, Any]) -> None:
    from harness.monitor import Glyphs

    glyphs = Glyphs(sys.stdout.encoding)
    words = f"{document['user_id']} has {document['balance']} {document['currency']}"
    answers.print(f"{glyphs.icon('balance')} {glyphs.text(words)}", markup=False)
