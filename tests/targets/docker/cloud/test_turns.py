"""Few calls at once are under way behind the edge, and none waits for ever."""

import asyncio

from harness.edge.call import Answer, Call, Namespace
from harness.edge.upstream import own_call
from harness.targets.docker.cloud.turns import Turns

CALL = own_call(Namespace("000000000000", "us-east-1"), "Invoke", {})


class Slow:
    """Counts the calls under way; each ends when the test says so."""

    def __init__(self) -> None:
        self.under_way, self.most = 0, 0
        self.go_on = asyncio.Event()

    async def __call__(self, call: Call) -> Answer:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.go_on.wait()
        finally:
            self.under_way -= 1
        return Answer(200, [], b"")


async def seen_to(slow: Slow, count: int) -> None:
    async with asyncio.timeout(5):
        while slow.under_way < count:
            await asyncio.sleep(0)


def test_no_more_calls_are_under_way_than_may_be() -> None:
    async def story() -> int:
        slow = Slow()
        turns = Turns(slow, at_once=3)
        calls = [asyncio.ensure_future(turns(CALL)) for _ in range(20)]
        await seen_to(slow, 3)
        slow.go_on.set()
        await asyncio.gather(*calls)
        return slow.most

    assert asyncio.run(story()) == 3


def test_call_goes_without_a_turn_when_it_has_waited_too_long() -> None:
    async def story() -> int:
        slow = Slow()
        turns = Turns(slow, at_once=1, wait_s_max=0.01)
        calls = [asyncio.ensure_future(turns(CALL)) for _ in range(2)]  # the first one's function waits for the second
        await seen_to(slow, 2)
        slow.go_on.set()
        await asyncio.gather(*calls)
        return slow.most

    assert asyncio.run(story()) == 2


def test_turn_is_free_again_when_its_call_failed() -> None:
    async def fails(call: Call) -> Answer:
        raise OSError("gone")

    async def story() -> int:
        turns = Turns(fails, at_once=1, wait_s_max=60)
        answers = await asyncio.gather(*(turns(CALL) for _ in range(5)), return_exceptions=True)
        return sum(isinstance(one, OSError) for one in answers)

    assert asyncio.run(asyncio.wait_for(story(), 5)) == 5
