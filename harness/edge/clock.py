"""The edge's clock: the machine's time plus what somebody moved it by.

It rules what the edge owns (TTL, point-in-time recovery, windows of faults, tokens), and the embedded target's
functions follow it. Engines keep the machine's time.
"""

import time
from collections.abc import Callable

from harness.errors import SettingInvalid


class EdgeClock:
    """Epoch seconds that can be moved forward."""

    def __init__(self) -> None:
        self._ahead_s = 0.0
        self._listeners: list[Callable[[], None]] = []

    @property
    def ahead_s(self) -> float:
        """Seconds by which this clock is ahead of the machine's."""
        return self._ahead_s

    def now_s(self) -> float:
        """Return the present as epoch seconds."""
        return time.time() + self._ahead_s

    def advance(self, duration_s: float) -> None:
        """Move on; raises SettingInvalid for a negative duration, because what happened can't unhappen."""
        if not 0 <= duration_s < float("inf"):
            raise SettingInvalid(f"the clock was to move by {duration_s} s, expected a finite number from 0 up")
        self._ahead_s += duration_s
        self._tell()

    def reset(self) -> None:
        """Go back to the machine's time."""
        self._ahead_s = 0.0
        self._tell()

    def when_moved(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each move."""
        self._listeners.append(listener)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
