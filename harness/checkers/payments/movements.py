"""The debits and credits of each wallet, as its events tell them, in the order of the wallet's versions."""

from dataclasses import dataclass

from harness.history import History

DEBIT = "WalletDebitEvent"
CREDIT = "WalletCreditEvent"


@dataclass(frozen=True, slots=True)
class Movement:
    """One debit or credit; `signed_minor` is negative for a debit."""

    event_id: str
    user_id: str
    payment_id: str
    reason: str
    signed_minor: int
    previous_minor: int
    new_minor: int
    version: int

    def __str__(self) -> str:
        return (
            f"{self.event_id}: version {self.version}, {self.previous_minor} {self.signed_minor:+d} → {self.new_minor} "
            f"({self.reason or 'payment ' + self.payment_id})"
        )


def movements_by_user(history: History) -> dict[str, list[Movement]]:
    """Return every wallet's movements, by user, in the order of versions."""
    found: dict[str, list[Movement]] = {}
    for event in history.finals.events or ():
        if event.event_type not in (DEBIT, CREDIT):
            continue
        data = event.data
        sign = -1 if event.event_type == DEBIT else 1
        movement = Movement(
            event.event_id,
            user_id=str(data["user_id"]),
            payment_id=str(data.get("payment_id") or event.payment_id),
            reason=str(data.get("reason") or ""),
            signed_minor=sign * int(data["amount"]),
            previous_minor=int(data["previous_balance"]),
            new_minor=int(data["new_balance"]),
            version=int(data["version"]),
        )
        found.setdefault(movement.user_id, []).append(movement)
    for movements in found.values():
        movements.sort(key=lambda movement: (movement.version, movement.event_id))
    return found
