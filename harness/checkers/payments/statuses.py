"""INV-5: a payment's status only goes forward, in its own events and in the eyes of every client."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.checkers.words import told_events
from harness.history import EventRecord, History, Operation

NEXT: dict[str, frozenset[str]] = {
    "": frozenset({"PENDING"}),
    "PENDING": frozenset({"PROCESSING", "FAILED"}),
    "PROCESSING": frozenset({"COMPLETED", "FAILED"}),
    "COMPLETED": frozenset({"REFUNDED"}),
    "FAILED": frozenset(),
    "REFUNDED": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """A status that a client saw, and the operation that told it."""

    payment_id: str
    status: str
    operation: Operation


@checker("INV-5", reads=("payments", "events"), actions=("pay",))
def statuses_only_advance(history: History) -> Iterator[Counterexample]:
    """No payment's status ever moves backwards or skips: not in its events, not between two reads."""
    for payment_id in sorted(history.payments):
        yield from _events(payment_id, history.events_of(payment_id, "PaymentStatusEvent"))
    seen_by_payment: dict[str, list[Seen]] = {}
    for seen in _observations(history):
        seen_by_payment.setdefault(seen.payment_id, []).append(seen)
    for payment_id, several in sorted(seen_by_payment.items()):
        final = history.payments.get(payment_id)
        yield from _reads(payment_id, several, final.status if final else "")


def reachable(status: str) -> frozenset[str]:
    """Return the statuses that `status` can still become, itself included."""
    found = {status}
    for following in NEXT.get(status, frozenset()):
        found |= reachable(following)
    return frozenset(found)


def _events(payment_id: str, events: list[EventRecord]) -> Iterator[Counterexample]:
    evidence = {"events": told_events(events)}
    left: set[str] = set()
    entered: set[str] = set()
    for event in events:
        old, new = str(event.data.get("from") or ""), str(event.data["to"])
        if new not in NEXT.get(old, frozenset()):
            yield Counterexample(f"payment {payment_id}", f"went from {old or 'nothing'} to {new}", evidence)
        if old in left:
            yield Counterexample(f"payment {payment_id}", f"left {old or 'nothing'} twice", evidence)
        left.add(old)
        entered.add(new)
    # PENDING may be told by the request's own event instead of a change of status.
    for status in sorted(left - entered - {"", "PENDING"}):
        yield Counterexample(f"payment {payment_id}", f"left {status} without having come to it", evidence)


def _observations(history: History) -> Iterator[Seen]:
    for operation in history.of("pay", "read_payment", "refund", "list_payments"):
        documents = operation.result.get("payments") or [operation.result]
        for document in documents:
            payment_id = document.get("payment_id")
            status = document.get("payment_status") if operation.action == "refund" else document.get("status")
            if payment_id and status in NEXT:
                yield Seen(str(payment_id), str(status), operation)


def _reads(payment_id: str, several: list[Seen], final: str) -> Iterator[Counterexample]:
    several.sort(key=lambda seen: seen.operation.invoked_at_s)
    for position, later in enumerate(several):
        for earlier in several[:position]:
            if earlier.operation.precedes(later.operation) and later.status not in reachable(earlier.status):
                yield _backwards(payment_id, earlier, f"{later.status} at {later.operation.completed_at_s:.3f} s")
                break
    for seen in several:
        if final not in reachable(seen.status):
            yield _backwards(payment_id, seen, f"{final or 'gone'} in the end")
            return


def _backwards(payment_id: str, earlier: Seen, then: str) -> Counterexample:
    operation = earlier.operation
    return Counterexample(
        f"payment {payment_id}",
        f"was {earlier.status} at {operation.completed_at_s:.3f} s and {then}",
        {"operation": f"{operation.index} {operation.action} by process {operation.process}"},
    )
