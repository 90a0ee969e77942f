"""Time, asked in one place, so that the parts that keep time of their own can be tested without sleeping."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What can be asked for the time and waited on."""

    def now(self) -> datetime:
        """Return the present instant, aware UTC."""

    def monotonic_s(self) -> float:
        """Return seconds that never go back, from an arbitrary start."""

    def sleep(self, duration_s: float) -> None:
        """Let `duration_s` seconds pass."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        return time.monotonic()

    def sleep(self, duration_s: float) -> None:
        time.sleep(duration_s)


class ManualClock:
    """A clock that moves only when told to, or when something sleeps on it."""

    def __init__(self, start_at: datetime | None = None) -> None:
        self._now_at = start_at or datetime(2026, 1, 1, tzinfo=UTC)
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._now_at

    def monotonic_s(self) -> float:
        return self._elapsed_s

    def sleep(self, duration_s: float) -> None:
        self.advance(duration_s)

    def advance(self, duration_s: float) -> None:
        """Move `duration_s` seconds on."""
        from datetime import timedelta

        self._elapsed_s += duration_s
        self._now_at += timedelta(seconds=duration_s)


SYSTEM_CLOCK = SystemClock()
