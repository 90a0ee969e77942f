"""How evidence is put into words, and the few sets of statuses that several checkers mean."""

from collections.abc import Iterable

from harness.history import EventRecord, LedgerEntry
from harness.units import Money

# Statuses in which the money of a payment has left the wallet for good (a refund is a movement of its own).
DONE = frozenset({"COMPLETED", "REFUNDED"})


def money(amount_minor: int, currency: str) -> str:
    """Return an amount in words, e.g. `40.00 USD`."""
    return str(Money(amount_minor, currency))


def told_entries(entries: Iterable[LedgerEntry]) -> str:
    """Return ledger entries, one a line."""
    lines = [
        f"{entry.kind} {entry.entry_id} {entry.status}, {money(entry.amount_minor, entry.currency)}, "
        f"key {entry.idempotency_key or 'none'}"
        for entry in entries
    ]
    return "\n".join(lines) or "none"


def told_events(events: Iterable[EventRecord]) -> str:
    """Return events, one a line, with the amount they tell of."""
    lines = [f"{event.event_type} {event.event_id} at {event.at}: {dict(event.data)}" for event in events]
    return "\n".join(lines) or "none"
