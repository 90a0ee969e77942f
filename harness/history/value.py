"""A whole history as one immutable value, with the few questions that every checker asks of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from harness.history.finals import FinalReads
from harness.history.operation import Operation
from harness.history.payments import EventRecord, ExecutionRecord, LedgerEntry, PaymentRecord, WalletRecord

UNSETTLED = frozenset({"PENDING", "PROCESSING"})


@dataclass(frozen=True)
class History:
    """Operations in the order of their invocation, and the final reads."""

    operations: tuple[Operation, ...] = ()
    finals: FinalReads = field(default_factory=FinalReads)
    seed: int | None = None
    name: str = ""

    def of(self, *actions: str) -> Iterator[Operation]:
        """Give the operations with one of these actions."""
        return (operation for operation in self.operations if operation.action in actions)

    @cached_property
    def payments(self) -> dict[str, PaymentRecord]:
        """The final payments by id."""
        return {payment.payment_id: payment for payment in self.finals.payments or ()}

    @cached_property
    def wallets(self) -> dict[str, WalletRecord]:
        """The final wallets by user."""
        return {wallet.user_id: wallet for wallet in self.finals.wallets or ()}

    @cached_property
    def executions(self) -> dict[str, ExecutionRecord]:
        """The executions by name."""
        return {execution.name: execution for execution in self.finals.executions or ()}

    def events_of(self, payment_id: str, *event_types: str) -> list[EventRecord]:
        """Return a payment's events of these types (of all, without any), in the order of their instants."""
        found = self._events_by_payment.get(payment_id, [])
        return [event for event in found if event.event_type in event_types or not event_types]

    def ledger_of(self, payment_id: str, kind: str) -> list[LedgerEntry]:
        """Return the ledger's succeeded entries of a payment, of kind `charge` or `refund`."""
        return [entry for entry in self._moved_by_payment.get(payment_id, []) if entry.kind == kind]

    @cached_property
    def _events_by_payment(self) -> dict[str, list[EventRecord]]:
        found: dict[str, list[EventRecord]] = {}
        for event in sorted(self.finals.events or (), key=lambda event: (event.at, event.event_id)):
            found.setdefault(event.payment_id, []).append(event)
        return found

    @cached_property
    def _moved_by_payment(self) -> dict[str, list[LedgerEntry]]:
        found: dict[str, list[LedgerEntry]] = {}
        for entry in self.finals.ledger or ():
            if entry.succeeded:
                found.setdefault(entry.reference, []).append(entry)
        return found
