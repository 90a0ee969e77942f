"""Doing several things at the same moment."""

from collections.abc import Callable
from threading import Barrier, Thread
from typing import TypeVar

from harness.clients.patience import patient_s
from harness.errors import SettingInvalid, WaitTimeout

T = TypeVar("T")
CALLS_MAX = 500


def concurrently(*calls: Callable[[], T], within_s: float = 60.0) -> list[T]:
    """Start all calls at one barrier and return their answers in the order of the calls.

    At most 500 calls. Raises what the first failing call (in that order) raised, once all have ended; WaitTimeout when
    one has not ended after `within_s` seconds.
    """
    within_s = patient_s(within_s)
    if not 0 < len(calls) <= CALLS_MAX:
        raise SettingInvalid(f"{len(calls)} calls were given, expected 1 to {CALLS_MAX}")
    barrier = Barrier(len(calls))
    answers: dict[int, T] = {}
    problems: dict[int, BaseException] = {}

    def run(number: int) -> None:
        barrier.wait(within_s)
        try:
            answers[number] = calls[number]()
        except BaseException as problem:  # noqa: BLE001 - raised again below, in the caller's thread
            problems[number] = problem

    threads = [Thread(target=run, args=(number,), daemon=True) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(within_s)
    running = sum(thread.is_alive() for thread in threads)
    if running:
        raise WaitTimeout(f"{running} of {len(calls)} concurrent calls had not ended after {within_s:.1f} s")
    if problems:
        raise problems[min(problems)]
    return [answers[number] for number in range(len(calls))]
