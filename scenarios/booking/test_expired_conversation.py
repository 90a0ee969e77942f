"""A conversation's time is over and its item is still there: it is gone for everybody, and nothing revives it.

Everybody's clock is moved, so this needs an environment of its own.

Invariants: INV-11 indexes agree with tables, INV-12 usage equals what happened.
"""

import pytest

from harness.checkers.booking import indexes_agree_with_tables, usage_equals_what_happened

pytestmark = pytest.mark.alone


def test_conversation_is_gone_when_its_time_is_over(booking, passing_time, history):
    salon = booking.tenant()
    talk = salon.chat(language="en").says("hello")
    salon.used(messages=1)
    passing_time.set_lag("5d", table="booking-Conversations")

    passing_time.advance("23h")
    in_time = talk.says("help").answer
    passing_time.advance("25h")
    late, read = talk.says("hello?").answer, talk.read()

    assert in_time.status_code == 200
    assert (late.status_code, late.code) == (410, "conversation_expired")
    assert (read.status_code, read.code) == (410, "conversation_expired")
    assert "text" not in read.document
    assert salon.chat(language="en").says("hello").state == "SERVICE_PENDING"
    history.satisfies(indexes_agree_with_tables, usage_equals_what_happened)


def test_conversation_lives_as_long_as_its_business_says(booking, passing_time, history):
    salon = booking.tenant(settings={"conversationTtlDays": 7})
    talk = salon.chat(language="en").says("hello")
    passing_time.set_lag("20d", table="booking-Conversations")

    passing_time.advance("6d")
    in_time = talk.says("help").answer
    passing_time.advance("8d")
    late = talk.says("help").answer

    assert (in_time.status_code, late.status_code) == (200, 410)
    history.satisfies(indexes_agree_with_tables, usage_equals_what_happened)
