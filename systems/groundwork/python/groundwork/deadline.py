"""How long a step may still work, and the pauses between its attempts.

Every wait in this system ends at a Deadline, so a function answers by name before its runtime kills it without one.
"""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self


class LambdaContext(Protocol):
    """The part of AWS Lambda's context object that tells the time left."""

    def get_remaining_time_in_millis(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """An instant on the monotonic clock."""

    ends_at_s: float

    @classmethod
    def after(cls, seconds: float) -> Self:
        """Return the deadline that is `seconds` from now."""
        return cls(time.monotonic() + seconds)

    @classmethod
    def from_context(cls, context: LambdaContext, *, reserve_ms: int) -> Self:
        """Return when the function has to start answering: `reserve_ms` before its runtime ends it."""
        return cls.after((context.get_remaining_time_in_millis() - reserve_ms) / 1000)

    def remaining_s(self) -> float:
        """Return the seconds left; 0.0 when the deadline has passed."""
        return max(0.0, self.ends_at_s - time.monotonic())

    def within(self, seconds: float) -> "Deadline":
        """Return the earlier of this deadline and `seconds` from now."""
        return Deadline(min(self.ends_at_s, time.monotonic() + seconds))


def paced(
    deadline: Deadline, *, base_s: float = 0.01, cap_s: float = 0.4, sleep: Callable[[float], None] = time.sleep
) -> Iterator[int]:
    """Yield attempt numbers with exponential pauses and full jitter between them, while the deadline allows.

    The first attempt comes at once, whatever the deadline.
    """
    attempt = 0
    while True:
        yield attempt
        # Full jitter: contenders that met once must not meet again at the same instant.
        pause_s = random.uniform(0, min(cap_s, base_s * 2 ** min(attempt, 16)))  # noqa: S311 - no secret
        if deadline.remaining_s() <= pause_s:
            return
        sleep(pause_s)
        attempt += 1
