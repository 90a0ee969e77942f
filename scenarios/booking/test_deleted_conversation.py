"""A conversation's time is over and it is deleted: nobody can go on with it, and its messages stay counted.

Invariants: INV-11 indexes agree with tables, INV-12 usage equals what happened.
"""

from harness.checkers.booking import indexes_agree_with_tables, usage_equals_what_happened


def test_messages_stay_counted_when_their_conversation_is_deleted(booking, clock, history):
    salon = booking.tenant()
    talk = salon.chat(language="en").says("hello", "help")
    history.satisfies(indexes_agree_with_tables, usage_equals_what_happened)

    clock.expire_items("booking-Conversations", key=talk.item_key, ahead="3d")
    late = talk.says("hello?").answer

    assert late.status_code in (404, 410)
    assert salon.usage()["messages"] == 2
    history.satisfies(indexes_agree_with_tables, usage_equals_what_happened)
