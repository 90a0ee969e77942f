"""The command that tries a payment: pay."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from harness.cli.options import AsJson, Instance, Target, print_json, running
from harness.cli.wallets import Amount, Currency, User
from harness.cli.watched import WITHIN_S_DEFAULT, Watched, WithinS, watched
from harness.config import INSTANCE_DEFAULT, TARGET_ANY
from harness.errors import SettingInvalid
from harness.ids import new_token

if TYPE_CHECKING:
    from harness.monitor import Account, Screen

# Started now; or the same id again, which ended long ago: paid, declined, gateway unavailable.
STARTED, ENDED_BEFORE = 202, (200, 402, 503)
STATUSES = ("COMPLETED", "FAILED", "PROCESSING")


def register(application: typer.Typer) -> None:
    """Add this module's commands."""
    application.command(epilog="Example: rehearse pay user_test_001 50.00 --order-id order-7")(pay)


def pay(
    user: User,
    amount: Amount,
    currency: Currency = "USD",
    order_id: Annotated[str, typer.Option(help="Your own order number.")] = "",
    payment_id: Annotated[str, typer.Option(help="The payment's id; the same id never pays twice.")] = "",
    card: Annotated[str, typer.Option(help="A test card's token, e.g. tok_chargeDeclined.")] = "",
    merchant: Annotated[str, typer.Option(help="The merchant, which is the gateway's route.")] = "",
    expect: Annotated[str, typer.Option(help=f"The status that counts as success: {', '.join(STATUSES)}.")] = STATUSES[
        0
    ],
    within_s: WithinS = WITHIN_S_DEFAULT,
    instance: Instance = INSTANCE_DEFAULT,
    target: Target = TARGET_ANY,
    as_json: AsJson = False,
) -> None:
    """Pay, and show every state as it happens. Exit code 1 when the payment ends otherwise than expected."""
    from harness.monitor import open_screen

    if expect not in STATUSES:
        raise SettingInvalid(f"a payment never ends as {expect!r}, expected one of {', '.join(STATUSES)}")
    system = watched(running(instance, target))
    optional = {"order_id": order_id, "card": card, "merchant": merchant}
    body = {"payment_id": payment_id or f"pay-{new_token()}", "user_id": user, "amount": amount, "currency": currency}
    body |= {name: value for name, value in optional.items() if value}
    with open_screen(silent=as_json) as screen:
        account = _paid(system, body, screen, within_s)
    if as_json:
        print_json(account.to_json())
    if account.status != expect:
        raise typer.Exit(1)


def _paid(system: Watched, body: dict[str, Any], screen: "Screen", within_s: float) -> "Account":
    from harness.monitor import Line, Subject, opening

    payment_id = str(body["payment_id"])
    arn = system.machines.payment_arn(payment_id)
    asked = replace(
        Subject(arn, "payment", "RUNNING", datetime.now(UTC), payment_id=payment_id),
        **{name: body.get(name, "") for name in ("user_id", "amount", "currency", "order_id")},
    )
    before = system.witnesses.balance(asked.user_id)
    for line in opening(asked, before):
        screen.say(line)
    screen.now("asking for the payment")
    status, _ = system.api.ask(
        "POST", "/payments", expect=(STARTED, *ENDED_BEFORE), json=body, headers={"Prefer": "respond-async"}
    )
    if status in ENDED_BEFORE:
        screen.say(Line("details", "this id was used before: nothing new is paid, this is how it went"))
    found = system.machines.find(arn)
    began_with = before if status == STARTED else system.witnesses.initial_balance(found)
    return system.follow(found, screen, began_with, within_s)
