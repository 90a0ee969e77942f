"""A customer books by chat, in Spanish and in English: the same booking as any other, and every message is counted.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-11 indexes agree with tables,
INV-12 usage equals what happened, INV-14 no stuck booking.
"""

from typing import Any, NamedTuple

import pytest

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


class Stage(NamedTuple):
    salon: Any
    cut: Any
    ana: Any
    monday: Any


@pytest.fixture
def stage(booking):
    salon = booking.tenant()
    cut = salon.service("Corte", minutes=30)
    ana = salon.provider(cut, name="Ana").available("MON-SUN", "09:00-13:00")
    return Stage(salon, cut, ana, ana.next_day("MON"))


@pytest.mark.parametrize(("language", "agreed"), [("es", "sí"), ("en", "yes")])
def test_chat_leads_to_a_booking(stage, history, language, agreed):
    talk = stage.salon.chat(language=language)

    talk.says("corte", "ana", str(stage.monday), "10:30", "Alice", "alice@example.com")
    asked = talk.state
    booked = talk.says(agreed).booking()

    assert (asked, talk.state) == ("CONFIRMATION_PENDING", "BOOKED")
    assert (booked.status, booked.answer.document["source"]) == ("CONFIRMED", "chat")
    assert [one["bookingId"] for one in stage.ana.bookings(stage.monday)] == [booked.booking_id]
    history.satisfies(*EVERYTHING)


def test_message_that_comes_twice_is_answered_once(stage, history):
    talk = stage.salon.chat(language="en").says(
        "corte", "ana", str(stage.monday), "10:30", "Alice", "alice@example.com"
    )

    answers = concurrently(*[lambda: talk.sends({"messageId": "the-same", "text": "yes"})] * 3)

    assert {one.document["bookingId"] for one in answers} == {answers[0].document["bookingId"]}
    assert len(stage.ana.bookings(stage.monday)) == 1
    history.satisfies(*EVERYTHING)


def test_chat_offers_another_time_when_somebody_was_faster(stage, history):
    talk = stage.salon.chat(language="en").says(
        "corte", "ana", str(stage.monday), "10:30", "Alice", "alice@example.com"
    )
    bob = stage.salon.book(stage.ana, stage.cut, stage.ana.slot(stage.cut, stage.monday, "10:30"))

    late = talk.says("yes").state
    talk.says("11:00")
    while talk.state != "CONFIRMATION_PENDING":
        talk.says({"CONTACT_PENDING": "alice@example.com"}[talk.state])
    booked = talk.says("yes").booking()

    assert (bob.status, late) == ("CONFIRMED", "TIME_PENDING")
    assert booked.status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


def test_conversation_of_two_windows_books_once(stage, history):
    talk = stage.salon.chat(language="en").says(
        "corte", "ana", str(stage.monday), "10:30", "Alice", "alice@example.com"
    )

    concurrently(*(lambda n=n: talk.sends({"messageId": f"window-{n}", "text": "yes"}) for n in range(4)))

    assert len(stage.ana.bookings(stage.monday)) == 1
    history.satisfies(*EVERYTHING)
