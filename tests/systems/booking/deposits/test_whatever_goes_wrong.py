"""Drawn troubles: lost and late answers, crashes, busy tables, a decline, a cancellation at any moment.

However they come, a deposit that is seen through ends with money and slots agreeing, and no one is charged twice.
"""

import json

import pytest
from booking.domain.payment_system import Declined
from booking.handlers import reconcile_deposits
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.systems.booking.bookings.memory import TENANT
from tests.systems.booking.deposits.worlds import World, soon, wanted
from tests.systems.machine import Crash, Run

TROUBLES = st.lists(st.sampled_from([None, "lost", "never", "unreachable", "late", "crash"]), max_size=30)
LOOKS_MAX = 40


def see_through(world: World, run: Run) -> None:
    """Deliver what was parked as the queue does, as often as it takes."""
    for message in run.parked:
        for _ in range(LOOKS_MAX):
            records = [{"messageId": "m-1", "body": json.dumps(message)}]
            try:
                failed = reconcile_deposits.handle({"Records": records}, world.steps, soon())["batchItemFailures"]
            except Crash:
                failed = [message]
            if not failed:
                break
            world.clock.advance(10)
        else:
            pytest.fail("a parked message was never finished")


def cancel_at_call(world: World, number: int) -> None:
    """Let the customer cancel while the payments system is asked for the `number`th time."""
    payments, calls = world.payments, [0]
    arriving = payments._arriving

    def watched(operation: str):
        calls[0] += 1
        if calls[0] == number:
            world.desk.cancel(TENANT, wanted().booking_id, "changed my mind", soon())
        return arriving(operation)

    payments._arriving = watched


@settings(max_examples=300, deadline=None)
@given(
    troubles=TROUBLES,
    declined=st.booleans(),
    looks=st.integers(0, 3),
    crashes=st.sets(st.integers(1, 4), max_size=2),
    cancelled_at=st.none() | st.integers(1, 8),
)
def test_money_and_slots_agree_whatever_goes_wrong_with_a_deposit(troubles, declined, looks, crashes, cancelled_at):
    world = World()
    world.payments.troubles = troubles
    world.payments.looks_until_known = looks
    world.payments.declines = Declined("card_declined", "no") if declined else None
    world.store.crash_after_commits = crashes
    if cancelled_at:
        cancel_at_call(world, cancelled_at)

    see_through(world, world.book(wanted()))

    assert world.booking(wanted()).status != "PENDING_DEPOSIT"
    world.is_square()


@settings(max_examples=150, deadline=None)
@given(troubles=TROUBLES, crashes=st.sets(st.integers(3, 5), max_size=2))
def test_money_goes_back_once_whatever_goes_wrong_with_a_cancellation(troubles, crashes):
    world = World()
    world.book(wanted())
    world.payments.troubles = troubles
    world.store.crash_after_commits = crashes

    see_through(world, world.cancel(wanted().booking_id))

    assert world.booking(wanted()).deposit_status == "REFUNDED"
    assert world.payments.money() == 0
    world.is_square()
