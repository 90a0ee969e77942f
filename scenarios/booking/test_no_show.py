"""A customer does not come: that can be said once the time has begun, and then nothing else can.

Everybody's clock is moved, so this needs an environment of its own.

Invariants: INV-9 no overlapping bookings, INV-11 indexes agree with tables, INV-14 no stuck booking,
INV-17 bookings only advance.
"""

import pytest

from harness.checkers.booking import (
    bookings_only_advance,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
)

pytestmark = pytest.mark.alone


def test_customer_who_did_not_come_is_told_of_afterwards(booking, passing_time, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON-SUN", "00:00-24:00")
    alice = salon.book(ana, cut, ana.slots(cut, ana.next_day("WED"))[0])

    early = alice.no_show()
    passing_time.advance("10d")
    missed, again = alice.no_show(), alice.no_show()
    cancelled, moved = alice.cancel(), alice.reschedule(ana.slots(cut, ana.next_day("FRI"))[0])

    assert (early.status_code, early.code) == (409, "booking_closed")
    assert (missed.status, again.status) == ("NO_SHOW", "NO_SHOW")
    assert (cancelled.code, moved.code) == ("booking_closed", "booking_closed")
    history.satisfies(no_overlapping_bookings, indexes_agree_with_tables, no_stuck_booking, bookings_only_advance)


def test_time_that_is_over_is_neither_offered_nor_booked(booking, passing_time, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON-SUN", "00:00-24:00")
    day = ana.next_day("WED")
    slot = ana.slots(cut, day)[0]

    passing_time.advance("10d")
    free, late = ana.slots(cut, day), salon.book(ana, cut, slot)

    assert free == []
    assert (late.status_code, late.code) == (409, "outside_availability")
    history.satisfies(no_overlapping_bookings, indexes_agree_with_tables)
