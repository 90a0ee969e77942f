"""Time, asked in one place, so that what keeps time can be tested without waiting."""

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


def to_text(instant: datetime) -> str:
    """Return an instant as `2026-01-31T12:00:00.000000Z`: text that sorts as the instants do."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
