"""INV-14: once everything has settled, nothing is half done, and time is held by live bookings alone."""

from collections.abc import Iterator

from harness.checkers.booking.words import cells, instant, told
from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.history import History
from harness.history.booking import BookingRecord, ClaimRecord

Cell = tuple[str, str, str]
UNDER_WAY = ("PENDING", "REFUND_PENDING")


@checker(
    "INV-14",
    reads=("bookings", "claims", "closures", "requests", "sagas"),
    actions=("book", "reschedule", "cancel", "say", "add_exception"),
)
def no_stuck_booking(history: History) -> Iterator[Counterexample]:
    """After settling no booking, deposit, exception or execution is under way; claims are those of live bookings."""
    for booking in history.finals.bookings or ():
        yield from _under_way(booking)
    yield from _claims(history)
    for closure in history.finals.closures or ():
        if closure.status != "ACTIVE":
            what = f"of provider {closure.provider_id} is still {closure.status}, expected ACTIVE or gone"
            yield Counterexample(f"exception {closure.exception_id}", what)
    for saga in history.finals.sagas or ():
        if saga.status == "RUNNING":
            yield Counterexample(f"{saga.machine} {saga.name}", "is still RUNNING, expected it to have ended")
    yield from _requests(history)


def _under_way(booking: BookingRecord) -> Iterator[Counterexample]:
    if booking.status == "PENDING_DEPOSIT":
        what = "is still PENDING_DEPOSIT, expected CONFIRMED or CANCELLED"
        yield Counterexample(f"booking {booking.booking_id}", what, {"booking": told(booking)})
    elif booking.deposit_status in UNDER_WAY:
        what = f"is {booking.status} and its deposit still {booking.deposit_status}, expected an end"
        yield Counterexample(f"booking {booking.booking_id}", what, {"booking": told(booking)})


def _claims(history: History) -> Iterator[Counterexample]:
    bookings = history.finals.bookings or ()
    held: dict[Cell, ClaimRecord] = {
        (claim.tenant_id, claim.provider_id, claim.cell_at): claim for claim in history.finals.claims or ()
    }
    newest_s = max((instant(one.updated_at).timestamp() for one in bookings if one.updated_at), default=0.0)
    for booking in bookings:
        if booking.is_live and not _is_long_past(booking, newest_s):
            yield from _unheld(booking, held)
    live = {booking.booking_id: set(cells(booking)) for booking in bookings if booking.is_live}
    for claim in held.values():
        if claim.cell_at not in live.get(claim.booking_id, ()):
            what = (
                f"of provider {claim.provider_id} is held for booking {claim.booking_id}, which does not cover it live"
            )
            yield Counterexample(f"claim {claim.cell_at}", what)


def _unheld(booking: BookingRecord, held: dict[Cell, ClaimRecord]) -> Iterator[Counterexample]:
    owners = {cell: held.get((booking.tenant_id, booking.provider_id, cell)) for cell in cells(booking)}
    lacking = [cell for cell, claim in owners.items() if claim is None or claim.booking_id != booking.booking_id]
    if lacking:
        claim = owners[lacking[0]]
        whose = f"booking {claim.booking_id}" if claim else "nobody"
        what = f"is {booking.status} and {len(lacking)} of its cells are not its own, {lacking[0]} is held by {whose}"
        yield Counterexample(f"booking {booking.booking_id}", what, {"booking": told(booking)})


def _is_long_past(booking: BookingRecord, newest_s: float) -> bool:
    """Tell whether claims may have expired: 30 days after the end, by the newest instant that the reads know."""
    return newest_s > instant(booking.ends_at).timestamp() + 30 * 86_400


def _requests(history: History) -> Iterator[Counterexample]:
    there = {(booking.tenant_id, booking.booking_id) for booking in history.finals.bookings or ()}
    for request in history.finals.requests or ():
        if (request.tenant_id, request.booking_id) not in there:
            yield Counterexample(f"request {request.request_id}", f"led to booking {request.booking_id}, which is gone")
