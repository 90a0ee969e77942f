"""Fifty customers want the same half hour: one has it, and the others are told so at once.

Invariants: INV-9 no overlapping bookings, INV-11 indexes agree with tables, INV-12 usage equals what happened,
INV-14 no stuck booking, INV-17 bookings only advance.
"""

from collections import Counter

from harness.checkers.booking import (
    bookings_only_advance,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    usage_equals_what_happened,
)
from harness.clients import concurrently


def test_one_of_fifty_customers_has_the_slot(booking, history):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    slot = ana.slot(cut, ana.next_day("MON"), "10:00")
    requests = [salon.request(ana, cut, slot) for _ in range(50)]

    answers = concurrently(*(request.submit for request in requests))

    assert Counter(one.code or one.status for one in answers) == {"CONFIRMED": 1, "slot_taken": 49}
    assert slot not in ana.slots(cut, slot.local_date)
    history.satisfies(
        no_overlapping_bookings,
        indexes_agree_with_tables,
        usage_equals_what_happened,
        no_stuck_booking,
        bookings_only_advance,
    )
