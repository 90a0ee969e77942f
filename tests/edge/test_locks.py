"""Locks are fair, never wait in a circle, and are given back whatever happens to who took them."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.edge.locks import Locks

A, B = ("1", "r", "A"), ("1", "r", "B")


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 5))


async def breathe() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_many_share_a_lock_when_nobody_wants_it_alone() -> None:
    async def story() -> None:
        locks = Locks()
        first = await locks.acquire([A], exclusively=False)
        second = await locks.acquire([A, B], exclusively=False)
        locks.release(first, exclusively=False)
        locks.release(second, exclusively=False)
        assert len(locks) == 0

    run(story())


def test_late_reader_waits_when_a_writer_came_before() -> None:
    async def story() -> None:
        locks, order = Locks(), []

        async def use(name: str, *, exclusively: bool) -> None:
            async with locks.held([A], exclusively=exclusively):
                order.append(name)

        reading = await locks.acquire([A], exclusively=False)
        writer = asyncio.create_task(use("writer", exclusively=True))
        await breathe()
        reader = asyncio.create_task(use("late reader", exclusively=False))
        await breathe()
        assert order == []
        locks.release(reading, exclusively=False)
        await asyncio.gather(writer, reader)
        assert order == ["writer", "late reader"]

    run(story())


def test_queue_moves_on_when_a_waiter_is_cancelled() -> None:
    async def story() -> None:
        locks = Locks()
        held = await locks.acquire([A], exclusively=False)
        writer = asyncio.create_task(locks.acquire([A], exclusively=True))
        await breathe()
        reader = asyncio.create_task(locks.acquire([A], exclusively=False))
        await breathe()
        writer.cancel()
        await asyncio.gather(writer, return_exceptions=True)
        locks.release(await reader, exclusively=False)
        locks.release(held, exclusively=False)
        assert len(locks) == 0

    run(story())


def test_nothing_stays_locked_when_a_waiter_is_cancelled_as_its_turn_comes() -> None:
    async def story() -> None:
        locks = Locks()
        held = await locks.acquire([A], exclusively=True)
        waiter = asyncio.create_task(locks.acquire([A, B], exclusively=True))
        await breathe()
        locks.release(held, exclusively=True)  # the turn is given here, and taken back below before it is used
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        assert len(locks) == 0
        locks.release(await locks.acquire([A, B], exclusively=True), exclusively=True)

    run(story())


def test_first_lock_is_given_back_when_waiting_for_the_second_is_cancelled() -> None:
    async def story() -> None:
        locks = Locks()
        held = await locks.acquire([B], exclusively=True)
        waiter = asyncio.create_task(locks.acquire([B, A], exclusively=True))
        await breathe()
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
        locks.release(await locks.acquire([A], exclusively=True), exclusively=True)
        locks.release(held, exclusively=True)
        assert len(locks) == 0

    run(story())


users = st.lists(
    st.tuples(st.sets(st.sampled_from("ABC"), min_size=1), st.booleans(), st.integers(0, 4), st.booleans()),
    min_size=2,
    max_size=14,
)


@given(users)
@settings(max_examples=150, deadline=None)
def test_all_end_and_nobody_is_disturbed_when_users_come_and_go(
    drawn: list[tuple[set[str], bool, int, bool]],
) -> None:
    async def story() -> None:
        locks = Locks()
        inside: dict[str, list[bool]] = {name: [] for name in "ABC"}

        async def use(names: set[str], pauses: int, *, exclusively: bool) -> None:
            async with locks.held([("1", "r", name) for name in names], exclusively=exclusively):
                for name in names:
                    assert not inside[name] if exclusively else True not in inside[name]
                    inside[name].append(exclusively)
                try:
                    for _ in range(pauses):
                        await asyncio.sleep(0)
                finally:
                    for name in names:
                        inside[name].remove(exclusively)

        tasks = [asyncio.create_task(use(names, pauses, exclusively=alone)) for names, alone, pauses, _ in drawn]
        for task, (_, _, pauses, leaves) in zip(tasks, drawn, strict=True):
            await asyncio.sleep(0)
            if leaves and pauses % 2:
                task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [one for one in ended if isinstance(one, AssertionError)]
        assert len(locks) == 0

    run(story())
