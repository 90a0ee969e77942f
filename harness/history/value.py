"""A whole history as one immutable value, with the few questions that every checker asks of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from harness.history.finals import (
    EventRecord,
    ExecutionRecord,
    FinalReads,
    LedgerEntry,
    PaymentRecord,
    WalletRecord,
)
from harness.history.operation import Operation

UNSETTLED = frozenset({"PENDING", "PROCESSING"})


@dataclass(frozen=True, slots=True)
class History:
    """Operations in the order of their invocation, and the final reads."""

    operations: tuple[Operation, ...] = ()
    finals: FinalReads = field(default_factory=FinalReads)
    seed: int | None = None
    name: str = ""

    def of(self, *actions: str) -> Iterator[Operation]:
        """Give the operations with one of these actions."""
        return (operation for operation in self.operations if operation.action in actions)

    @property
    def payments(self) -> dict[str, PaymentRecord]:
        """The final payments by id."""
        return {payment.payment_id: payment for payment in self.finals.payments or ()}

    @property
    def wallets(self) -> dict[str, WalletRecord]:
        """The final wallets by user."""
        return {wallet.user_id: wallet for wallet in self.finals.wallets or ()}

    @property
    def executions(self) -> dict[str, ExecutionRecord]:
        """The executions by name."""
        return {execution.name: execution for execution in self.finals.executions or ()}

    def events_of(self, payment_id: str, *event_types: str) -> list[EventRecord]:
        """Return a payment's events of these types, in the order of their instants."""
        found = (
            event
            for event in self.finals.events or ()
            if event.payment_id == payment_id and event.event_type in event_types
        )
        return sorted(found, key=lambda event: (event.at, event.event_id))

    def ledger_of(self, payment_id: str, kind: str) -> list[LedgerEntry]:
        """Return the ledger's succeeded entries of a payment, of kind `charge` or `refund`."""
        return [
            entry
            for entry in self.finals.ledger or ()
            if entry.reference == payment_id and entry.kind == kind and entry.succeeded
        ]
