"""The chat dies after it booked and before it could say so: the customer says it again, and has one booking.

Invariants: INV-9 no overlapping bookings, INV-12 usage equals what happened, INV-14 no stuck booking.
"""

import pytest

from harness.checkers.booking import no_overlapping_bookings, no_stuck_booking, usage_equals_what_happened


@pytest.mark.parametrize("phase", ["before", "after"])
def test_chat_books_once_when_it_dies_at_the_booking(booking, faults, history, phase):
    salon = booking.tenant()
    cut = salon.service("Corte")
    ana = salon.provider(cut, name="Ana").available("MON-SUN", "09:00-13:00")
    monday = ana.next_day("MON")
    talk = salon.chat(language="en").says("corte", "ana", str(monday), "10:30", "Alice", "alice@example.com")

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, table="Bookings", of=ana, times=1) as killed:
        lost = talk.says("yes", message="agreed").answer
    booked = talk.says("yes", message="agreed").booking()

    killed.must_have_fired()
    assert lost.status_code >= 500
    assert [one["bookingId"] for one in ana.bookings(monday)] == [booked.booking_id]
    history.satisfies(no_overlapping_bookings, usage_equals_what_happened, no_stuck_booking)
