"""A provider falls ill on a day that is booked already: the bookings are in the way, stay, or are cancelled, as asked.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-11 indexes agree with tables,
INV-14 no stuck booking, INV-17 bookings only advance.
"""

from typing import Any, NamedTuple

import pytest

from harness.checkers.booking import (
    bookings_inside_availability,
    bookings_only_advance,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
)
from harness.clients import concurrently

EVERYTHING = (
    no_overlapping_bookings,
    bookings_inside_availability,
    indexes_agree_with_tables,
    no_stuck_booking,
    bookings_only_advance,
)


class Stage(NamedTuple):
    salon: Any
    cut: Any
    ana: Any
    monday: Any
    alice: Any
    bob: Any


@pytest.fixture
def stage(booking):
    salon = booking.tenant()
    cut = salon.service(minutes=30)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    alice, bob = (salon.book(ana, cut, ana.slot(cut, monday, at)) for at in ("09:00", "12:00"))
    return Stage(salon, cut, ana, monday, alice, bob)


def test_exception_is_refused_when_bookings_are_in_the_way(stage, history):
    refused = stage.ana.closed(stage.monday, "08:00-10:00")

    assert (refused.status_code, refused.code) == (409, "bookings_in_the_way")
    assert refused.document["error"]["bookings"] == [stage.alice.booking_id]
    assert stage.ana.exceptions(stage.monday) == []
    assert stage.alice.read().status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


def test_bookings_stay_when_the_exception_keeps_them(stage, history):
    closed = stage.ana.closed(stage.monday, existing="keep")

    assert closed.document["status"] == "ACTIVE"
    assert sorted(closed.document["keptBookings"]) == sorted([stage.alice.booking_id, stage.bob.booking_id])
    assert stage.ana.slots(stage.cut, stage.monday) == []
    assert [one.read().status for one in (stage.alice, stage.bob)] == ["CONFIRMED", "CONFIRMED"]
    history.satisfies(*EVERYTHING)


def test_bookings_are_cancelled_when_the_exception_says_so(stage, history):
    closed = stage.ana.closed(stage.monday, "08:00-11:00", existing="cancel")
    ill = stage.alice.read()
    reopened = stage.ana.reopened(closed.document["exceptionId"])

    assert (ill.status, ill.answer.document["cancelReason"]) == ("CANCELLED", "provider_unavailable")
    assert stage.bob.read().status == "CONFIRMED"
    assert reopened.status_code == 204
    assert stage.ana.slot(stage.cut, stage.monday, "09:00")
    history.satisfies(*EVERYTHING)


def test_nobody_is_booked_into_a_day_that_is_closed_meanwhile(stage, history):
    customers = [
        stage.salon.request(stage.ana, stage.cut, stage.ana.slot(stage.cut, stage.monday, at))
        for at in ("09:30", "10:00", "10:30", "11:00")
    ]

    closed, *answers = concurrently(
        lambda: stage.ana.closed(stage.monday, existing="cancel"), *(customer.submit for customer in customers)
    )

    assert closed.document["status"] == "ACTIVE"
    assert {one.code for one in answers} <= {"", "outside_availability"}
    assert [one["status"] for one in stage.ana.bookings(stage.monday)].count("CONFIRMED") == 0
    history.satisfies(*EVERYTHING)
