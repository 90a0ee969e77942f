"""A stream tells the meter of the same messages again, or the meter dies as it counts: each is billed once.

Invariants: INV-12 usage equals what happened.
"""

import pytest

from harness.checkers.booking import usage_equals_what_happened
from harness.pytest_plugin import relies_on

pytestmark = relies_on("lambda.stream-failures")


def test_messages_are_billed_once_when_the_stream_repeats_itself(booking, faults, history):
    salon = booking.tenant()
    salon.service("Corte")
    talk = salon.chat(language="en").says("hello", "xyzzy", "help")
    salon.used(messages=3)
    talk.says("bye")
    salon.used(messages=4)  # so the first three were delivered for good

    repeated = faults.aws.repeat_stream_records("Conversations", key=talk.item_key)

    assert repeated >= 3
    assert salon.used(messages=4)["errors"] >= 1
    history.satisfies(usage_equals_what_happened)


@pytest.mark.parametrize("how", ["reset", "error"])
def test_messages_are_billed_once_when_the_answer_to_the_count_is_lost(booking, faults, history, how):
    salon = booking.tenant()
    talk = salon.chat(language="en")

    with faults.aws.lose_answer("TransactWriteItems", how, table="TenantUsage", of=salon, times=2) as lost:
        talk.says("hello", "help")
        salon.used(messages=2)

    lost.must_have_fired()
    history.satisfies(usage_equals_what_happened)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_messages_are_billed_once_when_the_meter_dies(booking, faults, history, phase):
    salon = booking.tenant()
    talk = salon.chat(language="en")

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, table="TenantUsage", of=salon, times=1) as killed:
        talk.says("hello", "help")
        salon.used(messages=2, within_s=30)

    killed.must_have_fired()
    history.satisfies(usage_equals_what_happened)
