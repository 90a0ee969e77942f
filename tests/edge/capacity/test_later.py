"""What no call waits for is done in its order, many at once; what fails leaves the rest alone."""

import asyncio

import pytest

from harness.edge.capacity.later import Later


def test_work_is_done_in_its_order_when_a_moment_has_passed() -> None:
    done: list[int] = []

    async def work() -> list[int]:
        later, ended = Later(delay_s=0.0), asyncio.Event()
        for number in range(3):
            later.add(done.append, number)
        later.add(ended.set)
        at_once = list(done)
        await asyncio.wait_for(ended.wait(), 5)
        return at_once

    assert asyncio.run(work()) == []
    assert done == [0, 1, 2]


def test_all_work_is_done_when_somebody_wants_to_read_what_comes_of_it(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    async def work() -> None:
        later = Later(delay_s=60.0)
        later.add(done.append, 1)
        later.add(done.remove, 7)
        later.add(done.append, 2)
        later.catch_up()
        later.catch_up()

    asyncio.run(work())

    assert done == [1, 2]
    assert [record.message for record in caplog.records] == ["work of capacity failed after its call was answered"]
