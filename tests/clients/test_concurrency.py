"""Concurrent calls start together, answer in order, and fail loudly."""

from threading import Event, Lock

import pytest

from harness.clients import concurrently
from harness.errors import SettingInvalid, WaitTimeout


def test_answers_are_in_the_order_of_the_calls() -> None:
    second_ended = Event()

    def first() -> int:
        second_ended.wait(5)
        return 1

    def second() -> int:
        second_ended.set()
        return 2

    assert concurrently(first, second) == [1, 2]


def test_all_calls_run_at_once_when_there_are_many() -> None:
    running, most, lock, everybody_is_here = 0, 0, Lock(), Event()

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
            if running == 50:
                everybody_is_here.set()
        assert everybody_is_here.wait(5)
        with lock:
            running -= 1

    concurrently(*[call] * 50)

    assert most == 50


def test_first_problem_is_raised_when_calls_fail() -> None:
    def fail(text: str) -> None:
        raise ValueError(text)

    with pytest.raises(ValueError, match="one"):
        concurrently(lambda: None, lambda: fail("one"), lambda: fail("two"))


def test_waiting_raises_when_a_call_does_not_end() -> None:
    release = Event()

    with pytest.raises(WaitTimeout, match="1 of 2 concurrent calls had not ended"):
        concurrently(lambda: None, lambda: release.wait(10), within_s=0.1)

    release.set()


@pytest.mark.parametrize("count", [0, 501])
def test_calls_are_refused_when_there_are_none_or_too_many(count: int) -> None:
    with pytest.raises(SettingInvalid, match=f"{count} calls"):
        concurrently(*[lambda: None] * count)
