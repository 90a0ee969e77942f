"""What was found after everything had settled: of each kind of record a tuple, whatever the system.

A further kind is one more field, of `tuple[Record, ...] | None`; nothing else has to know of it.
"""

from dataclasses import dataclass, fields
from typing import Any

from harness.history.booking import (
    BookingRecord,
    ClaimRecord,
    ClosureRecord,
    ConversationRecord,
    ItemRecord,
    RequestRecord,
    RuleRecord,
    SagaRecord,
    ScheduleRecord,
    UsageRecord,
)
from harness.history.payments import EventRecord, ExecutionRecord, LedgerEntry, PaymentRecord, WalletRecord


@dataclass(frozen=True, slots=True)
class FinalReads:
    """The final reads; None means that this one was not read, an empty tuple that nothing was there."""

    # payments
    payments: tuple[PaymentRecord, ...] | None = None
    wallets: tuple[WalletRecord, ...] | None = None
    events: tuple[EventRecord, ...] | None = None
    ledger: tuple[LedgerEntry, ...] | None = None
    executions: tuple[ExecutionRecord, ...] | None = None
    # booking
    bookings: tuple[BookingRecord, ...] | None = None
    claims: tuple[ClaimRecord, ...] | None = None
    rules: tuple[RuleRecord, ...] | None = None
    schedules: tuple[ScheduleRecord, ...] | None = None
    closures: tuple[ClosureRecord, ...] | None = None
    requests: tuple[RequestRecord, ...] | None = None
    usage: tuple[UsageRecord, ...] | None = None
    conversations: tuple[ConversationRecord, ...] | None = None
    sagas: tuple[SagaRecord, ...] | None = None
    items: tuple[ItemRecord, ...] | None = None

    def with_those_of(self, other: "FinalReads") -> "FinalReads":
        """Return these reads and, of the kinds that are not among them, the other's; of a kind in both, the union."""
        both = {field.name: (getattr(self, field.name), getattr(other, field.name)) for field in fields(self)}
        united: dict[str, Any] = {name: _union(*found) for name, found in both.items()}
        return FinalReads(**united)


def _union(own: tuple[object, ...] | None, others: tuple[object, ...] | None) -> tuple[object, ...] | None:
    if own is None or others is None:
        return others if own is None else own
    return (*own, *(one for one in others if one not in own))
