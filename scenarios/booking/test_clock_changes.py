"""Clocks go forward and back, in Santiago at midnight and in Madrid at night: no hour is lost, and none booked twice.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-11 indexes agree with tables,
INV-14 no stuck booking.
"""

from datetime import timedelta

import pytest

from harness.checkers.booking import (
    bookings_inside_availability,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
)
from harness.clients import concurrently
from harness.clients.booking import next_clock_change
from harness.clients.booking.calendar import DAYS

EVERYTHING = (
    no_overlapping_bookings,
    bookings_inside_availability,
    indexes_agree_with_tables,
    no_stuck_booking,
)


def open_all_day(booking, zone, which):
    salon = booking.tenant(zone=zone)
    lesson = salon.service("Lesson", minutes=60)
    day = next_clock_change(zone, which, now=booking.now())
    ana = salon.provider(lesson).available(DAYS[day.weekday()], "00:00-24:00")
    return salon, lesson, ana, day


def hours_of(slots):
    """Return slots one hour apart, from the first on, as a day's customers would take them."""
    taken = slots[:1]
    for slot in slots:
        if slot.starts_at >= taken[-1].ends_at:
            taken.append(slot)
    return taken


@pytest.mark.parametrize(("zone", "hour"), [("America/Santiago", "23:00"), ("Europe/Madrid", "02:00")])
def test_hour_that_comes_twice_is_booked_twice_and_no_more(booking, history, zone, hour):
    salon, lesson, ana, day = open_all_day(booking, zone, "back")
    first, second = (slot for slot in ana.slots(lesson, day) if slot.local_time == hour)

    booked = [salon.book(ana, lesson, slot) for slot in (first, second)]
    left = ana.slots(lesson, day)

    assert second.starts_at - first.starts_at == timedelta(hours=1)
    assert [one.status for one in booked] == ["CONFIRMED", "CONFIRMED"]
    assert all(slot.ends_at <= first.starts_at or slot.starts_at >= second.ends_at for slot in left)
    assert len(salon.bookings(str(day))) == 2
    history.satisfies(*EVERYTHING)


@pytest.mark.parametrize(("zone", "hour"), [("America/Santiago", "00"), ("Europe/Madrid", "02")])
def test_hour_that_does_not_come_is_not_offered(booking, history, zone, hour):
    salon, lesson, ana, day = open_all_day(booking, zone, "forward")

    slots = ana.slots(lesson, day)
    booked = salon.book(ana, lesson, slots[0])

    assert not [slot for slot in slots if slot.local_time.startswith(f"{hour}:")]
    assert booked.status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


@pytest.mark.parametrize(("which", "hours"), [("forward", 23), ("back", 25)])
@pytest.mark.parametrize("zone", ["America/Santiago", "Europe/Madrid"])
def test_whole_day_is_booked_hour_by_hour(booking, history, zone, which, hours):
    salon, lesson, ana, day = open_all_day(booking, zone, which)

    taken = hours_of(ana.slots(lesson, day))
    booked = concurrently(*(salon.request(ana, lesson, slot).submit for slot in taken))

    assert len(taken) == hours
    assert [one.status for one in booked] == ["CONFIRMED"] * hours
    assert ana.slots(lesson, day) == []
    history.satisfies(*EVERYTHING)
