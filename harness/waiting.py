"""Waiting for something to become true, within a bound. A wait that gives up raises; it never shrugs."""

from collections.abc import Callable
from typing import TypeVar

from harness.clock import SYSTEM_CLOCK, Clock
from harness.errors import WaitTimeout

T = TypeVar("T")


def wait_until(
    what: str,
    probe: Callable[[], T | None],
    *,
    within_s: float,
    every_s: float = 0.02,
    every_max_s: float = 0.5,
    clock: Clock = SYSTEM_CLOCK,
) -> T:
    """Return the first answer of `probe` that is neither None nor False.

    Pauses grow from `every_s` by half each time up to `every_max_s`. Raises WaitTimeout, with the last answer, after
    `within_s` seconds; an exception of the probe passes through.
    """
    start_s = clock.monotonic_s()
    pause_s = every_s
    while True:
        answer = probe()
        if answer is not None and answer is not False:
            return answer
        waited_s = clock.monotonic_s() - start_s
        if waited_s >= within_s:
            raise WaitTimeout(f"{what} did not happen within {within_s:.1f} s", evidence={"last": repr(answer)})
        clock.sleep(min(pause_s, within_s - waited_s))
        pause_s = min(pause_s * 1.5, every_max_s)
