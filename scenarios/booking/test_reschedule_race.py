"""Customers move their bookings to the same time: one has it, and the others keep what they had.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-11 indexes agree with tables,
INV-12 usage equals what happened, INV-14 no stuck booking.
"""

from harness.checkers.booking import (
    bookings_inside_availability,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    usage_equals_what_happened,
)
from harness.clients import concurrently

EVERYTHING = (
    no_overlapping_bookings,
    bookings_inside_availability,
    indexes_agree_with_tables,
    usage_equals_what_happened,
    no_stuck_booking,
)
TIMES = ("09:00", "09:30", "10:00", "10:30", "11:00")


def start_of(booked):
    return booked.answer.document["datetime"]


def test_one_booking_moves_when_all_want_the_same_time(booking, history):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    several = [salon.book(ana, cut, ana.slot(cut, monday, at)) for at in TIMES]
    noon = ana.slot(cut, monday, "12:00")

    answers = concurrently(*(lambda one=one: one.reschedule(noon) for one in several))
    now = [one.read() for one in several]

    moved = [one.booking_id for one in answers if one.status == "CONFIRMED"]
    assert sorted(one.code for one in answers) == ["", *["slot_taken"] * 4]
    assert [
        one.booking_id for one, before in zip(now, several, strict=True) if start_of(one) != start_of(before)
    ] == moved
    history.satisfies(*EVERYTHING)


def test_booking_is_in_one_place_when_it_is_moved_to_several(booking, history):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana, luz = (salon.provider(cut, name=name).available("MON", "09:00-13:00") for name in ("Ana", "Luz"))
    monday = ana.next_day("MON")
    alice = salon.book(ana, cut, ana.slot(cut, monday, "09:00"))

    concurrently(
        *(lambda at=at: alice.reschedule(ana.slot(cut, monday, at)) for at in TIMES[1:]),
        lambda: alice.reschedule(luz.slot(cut, monday, "09:00"), provider=luz),
    )
    mine, hers = ana.bookings(monday), luz.bookings(monday)

    assert [one["bookingId"] for one in (*mine, *hers)] == [alice.booking_id]
    history.satisfies(*EVERYTHING)


def test_two_bookings_never_meet_when_they_change_places(booking, history):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    early, late = ana.slot(cut, monday, "09:00"), ana.slot(cut, monday, "12:00")
    alice, bob = salon.book(ana, cut, early), salon.book(ana, cut, late)

    answers = concurrently(lambda: alice.reschedule(late), lambda: bob.reschedule(early))

    assert [one.code for one in answers] == ["slot_taken", "slot_taken"]
    history.satisfies(*EVERYTHING)
