"""The month's bookings of a small plan are used up in a race: never one too many, and none too few.

Invariants: INV-9 no overlapping bookings, INV-12 usage equals what happened, INV-14 no stuck booking.
"""

from collections import Counter

from harness.checkers.booking import no_overlapping_bookings, no_stuck_booking, usage_equals_what_happened
from harness.clients import concurrently

MOST = 50


def test_never_one_booking_more_than_the_plan_allows(booking, history):
    salon = booking.tenant(plan="FREE")
    cut = salon.service(minutes=15)
    ana = salon.provider(cut).available("MON", "09:00-24:00")
    slots = ana.slots(cut, ana.next_day("MON"))
    requests = [salon.request(ana, cut, slot) for slot in slots]

    answers = [one for some in batches(requests, 15) for one in concurrently(*(each.submit for each in some))]

    assert len(requests) == MOST + 10
    assert Counter(one.code or one.status for one in answers) == {"CONFIRMED": MOST, "limit_reached": 10}
    assert {one.status_code for one in answers} == {201, 402}
    assert salon.usage()["bookings"] == MOST
    history.satisfies(no_overlapping_bookings, usage_equals_what_happened, no_stuck_booking)


def test_cancelled_bookings_stay_counted(booking, history):
    salon = booking.tenant(plan="FREE")
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    slot = ana.slot(cut, ana.next_day("MON"), "10:00")

    for _ in range(3):
        salon.book(ana, cut, slot).cancel()

    assert salon.usage()["bookings"] == 3
    history.satisfies(usage_equals_what_happened, no_stuck_booking)


def batches(several, size):
    return [several[start : start + size] for start in range(0, len(several), size)]
