"""Customers want services of different lengths that have five minutes in common: exactly one of them is booked.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-12 usage equals what happened,
INV-14 no stuck booking.
"""

from collections import Counter

from harness.checkers.booking import (
    bookings_inside_availability,
    no_overlapping_bookings,
    no_stuck_booking,
    usage_equals_what_happened,
)
from harness.clients import concurrently

# All of them hold 10:30 to 10:35, and no two have to begin or to end together.
WANTED = {30: ("10:15", "10:30"), 60: ("09:45", "10:00", "10:15", "10:30"), 90: ("09:15", "09:30", "10:00", "10:30")}


def test_one_of_many_lengths_is_booked(booking, history):
    salon = booking.tenant()
    services = {minutes: salon.service(f"{minutes} minutes", minutes=minutes) for minutes in WANTED}
    ana = salon.provider(*services.values()).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    slots = [
        (services[minutes], ana.slot(services[minutes], monday, at)) for minutes in WANTED for at in WANTED[minutes]
    ]
    requests = [salon.request(ana, service, slot) for service, slot in slots for _ in range(5)]

    answers = concurrently(*(request.submit for request in requests))

    assert len(requests) == 50
    assert Counter(one.code or one.status for one in answers) == {"CONFIRMED": 1, "slot_taken": 49}
    history.satisfies(
        no_overlapping_bookings, bookings_inside_availability, usage_equals_what_happened, no_stuck_booking
    )


def test_neighbours_are_all_booked(booking, history):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    slots = [ana.slot(cut, monday, at) for at in ("09:00", "09:30", "10:00", "10:30", "11:00", "11:30")]

    answers = concurrently(*(salon.request(ana, cut, slot).submit for slot in slots))

    assert [one.status for one in answers] == ["CONFIRMED"] * 6
    history.satisfies(
        no_overlapping_bookings, bookings_inside_availability, usage_equals_what_happened, no_stuck_booking
    )
