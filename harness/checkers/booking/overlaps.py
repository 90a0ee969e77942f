"""INV-9: nobody is booked twice at the same time."""

from collections.abc import Iterator

from harness.checkers.booking.words import instant, told
from harness.checkers.checker import checker
from harness.checkers.verdict import Counterexample
from harness.history import History
from harness.history.booking import BookingRecord


@checker("INV-9", reads=("bookings",), actions=("book", "reschedule", "say"))
def no_overlapping_bookings(history: History) -> Iterator[Counterexample]:
    """No two bookings that hold their time share a moment of one provider; an end and a beginning may meet."""
    for booking in history.finals.bookings or ():
        if instant(booking.starts_at) >= instant(booking.ends_at):
            yield Counterexample(f"booking {booking.booking_id}", "ends no later than it begins", _evidence(booking))
    for several in _live_by_provider(history).values():
        several.sort(key=lambda booking: (instant(booking.starts_at), booking.booking_id))
        yield from _overlaps(several)


def _live_by_provider(history: History) -> dict[tuple[str, str], list[BookingRecord]]:
    found: dict[tuple[str, str], list[BookingRecord]] = {}
    for booking in history.finals.bookings or ():
        if booking.is_live:
            found.setdefault((booking.tenant_id, booking.provider_id), []).append(booking)
    return found


def _overlaps(several: list[BookingRecord]) -> Iterator[Counterexample]:
    """Give each booking that begins before an earlier one of the same provider has ended."""
    longest: BookingRecord | None = None
    for booking in several:
        if longest is not None and instant(booking.starts_at) < instant(longest.ends_at):
            what = (
                f"and booking {longest.booking_id} of provider {booking.provider_id} overlap, expected no shared time"
            )
            yield Counterexample(f"booking {booking.booking_id}", what, _evidence(longest, booking))
        if longest is None or instant(booking.ends_at) > instant(longest.ends_at):
            longest = booking


def _evidence(*bookings: BookingRecord) -> dict[str, str]:
    return {"bookings": "\n".join(told(booking) for booking in bookings)}
