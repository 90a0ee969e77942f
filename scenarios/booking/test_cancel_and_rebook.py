"""A booking is cancelled while somebody else wants its time: it is free again at once, and never held by two.

Invariants: INV-9 no overlapping bookings, INV-11 indexes agree with tables, INV-12 usage equals what happened,
INV-14 no stuck booking, INV-17 bookings only advance.
"""

from typing import Any, NamedTuple

import pytest

from harness.checkers.booking import (
    bookings_only_advance,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    usage_equals_what_happened,
)
from harness.clients import concurrently

EVERYTHING = (
    no_overlapping_bookings,
    indexes_agree_with_tables,
    usage_equals_what_happened,
    no_stuck_booking,
    bookings_only_advance,
)


class Stage(NamedTuple):
    salon: Any
    ana: Any
    cut: Any
    slot: Any
    alice: Any


@pytest.fixture
def stage(booking):
    salon = booking.tenant()
    cut = salon.service(minutes=60)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    slot = ana.slot(cut, ana.next_day("MON"), "10:00")
    return Stage(salon, ana, cut, slot, salon.book(ana, cut, slot))


def test_cancelled_time_is_booked_again(stage, history):
    cancelled = stage.alice.cancel("I am ill")
    again = stage.alice.cancel()
    bob = stage.salon.book(stage.ana, stage.cut, stage.slot)

    assert (cancelled.status, again.status, bob.status) == ("CANCELLED", "CANCELLED", "CONFIRMED")
    history.satisfies(*EVERYTHING)


def test_time_is_never_held_by_two_when_a_booking_is_cancelled_meanwhile(stage, history):
    others = [stage.salon.request(stage.ana, stage.cut, stage.slot) for _ in range(4)]

    cancelled, *answers = concurrently(stage.alice.cancel, *(other.submit for other in others))
    last = stage.salon.book(stage.ana, stage.cut, stage.slot)

    assert cancelled.status == "CANCELLED"
    assert sum(one.status == "CONFIRMED" for one in (*answers, last)) == 1
    history.satisfies(*EVERYTHING)


def test_booking_is_cancelled_once_when_everybody_cancels_it(stage, history):
    answers = concurrently(*[stage.alice.cancel] * 5)

    assert [one.status for one in answers] == ["CANCELLED"] * 5
    assert stage.slot in stage.ana.slots(stage.cut, stage.slot.local_date)
    history.satisfies(*EVERYTHING)
