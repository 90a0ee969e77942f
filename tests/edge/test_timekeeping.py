"""Credentials that STS gives to a function expire by the clock that the function sees."""

import asyncio

import pytest

from harness.edge.call import Answer, Call
from harness.edge.clock import EdgeClock
from harness.edge.timekeeping import Timekeeper
from tests.edge.record.calls import call

GIVEN = b"<Credentials><Expiration>2026-11-21T10:00:00.000Z</Expiration></Credentials>"


def passed(ahead_s: float, one: Call) -> bytes:
    clock = EdgeClock()
    clock.advance(ahead_s)

    async def proceed(_: Call) -> Answer:
        return Answer(200, [(b"content-length", b"1")], GIVEN)

    return asyncio.run(Timekeeper(clock).handle(one, proceed)).body


def test_credentials_of_a_function_expire_later_when_the_clock_is_ahead() -> None:
    body = passed(90_000, call("AssumeRole", service="sts", caller="booking-api"))

    assert body == b"<Credentials><Expiration>2026-11-22T11:00:00Z</Expiration></Credentials>"


@pytest.mark.parametrize(
    ("ahead_s", "one"),
    [
        (0, call("AssumeRole", service="sts", caller="booking-api")),
        (90_000, call("AssumeRole", service="sts")),
        (90_000, call("GetItem", caller="booking-api")),
    ],
)
def test_answer_stays_when_nobody_who_follows_the_clock_asked_sts(ahead_s: float, one: Call) -> None:
    assert passed(ahead_s, one) == GIVEN
