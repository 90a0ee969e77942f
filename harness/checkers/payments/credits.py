"""What clients put into a wallet, as far as their own operations tell."""

from dataclasses import dataclass

from harness.history import INFO, OK, History
from harness.units import Money


@dataclass(frozen=True, slots=True)
class Credits:
    """Top-ups of one wallet: those that surely happened, in total, and one amount for each that nobody knows of."""

    sure_minor: int
    unsure_minor: tuple[int, ...]
    known: bool


def credits_of(history: History, user_id: str) -> Credits:
    """Return the top-ups of a wallet; a `credit_id` used twice counts once. `known` is False without any."""
    sure: dict[str, int] = {}
    unsure: dict[str, int] = {}
    for operation in history.of("credit"):
        if operation.subject != user_id or operation.outcome not in (OK, INFO):
            continue
        key = str(operation.value.get("credit_id") or f"operation {operation.index}")
        amount = Money.parse(str(operation.value["amount"]), str(operation.value["currency"])).amount_minor
        (sure if operation.outcome == OK else unsure)[key] = amount
    open_amounts = tuple(amount for key, amount in unsure.items() if key not in sure)
    return Credits(sum(sure.values()), open_amounts, known=bool(sure or unsure))
