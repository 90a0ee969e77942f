"""INV-17: what a customer was told stays true: a booking does not vanish, and its status never goes back."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.history import OK, History, Operation

NEXT: dict[str, frozenset[str]] = {
    "PENDING_DEPOSIT": frozenset({"CONFIRMED", "CANCELLED"}),
    "CONFIRMED": frozenset({"CANCELLED", "NO_SHOW"}),
    "CANCELLED": frozenset(),
    "NO_SHOW": frozenset(),
}
_ACTIONS = ("book", "cancel", "reschedule", "no_show", "read_booking", "list_bookings")


@dataclass(frozen=True, slots=True)
class Seen:
    """A status that a client saw, and the operation that told it."""

    booking_id: str
    status: str
    operation: Operation


@checker("INV-17", reads=("bookings",), actions=("book",))
def bookings_only_advance(history: History) -> Iterator[Counterexample]:
    """A booking that a client was told of is there in the end, and no status that a client saw is ever taken back."""
    final = {booking.booking_id: booking.status for booking in history.finals.bookings or ()}
    seen: dict[str, list[Seen]] = {}
    for one in _observations(history):
        seen.setdefault(one.booking_id, []).append(one)
    for booking_id, several in sorted(seen.items()):
        several.sort(key=lambda one: one.operation.invoked_at_s)
        yield from _backwards(several)
        yield from _against_the_end(several, final.get(booking_id, ""))


def reachable(status: str) -> frozenset[str]:
    """Return the statuses that `status` can still become, itself included."""
    found = {status}
    for following in NEXT.get(status, frozenset()):
        found |= reachable(following)
    return frozenset(found)


def _observations(history: History) -> Iterator[Seen]:
    for operation in history.of(*_ACTIONS):
        if operation.outcome != OK:
            continue
        for document in operation.result.get("items") or [operation.result]:
            if document.get("bookingId") and document.get("status") in NEXT:
                yield Seen(str(document["bookingId"]), str(document["status"]), operation)


def _backwards(several: list[Seen]) -> Iterator[Counterexample]:
    for position, later in enumerate(several):
        for earlier in several[:position]:
            if earlier.operation.precedes(later.operation) and later.status not in reachable(earlier.status):
                yield _taken_back(earlier, f"{later.status} at {later.operation.completed_at_s:.3f} s")
                return


def _against_the_end(several: list[Seen], final: str) -> Iterator[Counterexample]:
    for seen in several:
        if final not in reachable(seen.status):
            yield _taken_back(seen, f"{final or 'gone'} in the end")
            return


def _taken_back(earlier: Seen, then: str) -> Counterexample:
    operation = earlier.operation
    return Counterexample(
        f"booking {earlier.booking_id}",
        f"was {earlier.status} at {operation.completed_at_s:.3f} s and {then}",
        {"operation": f"{operation.index} {operation.action} by process {operation.process}"},
    )
