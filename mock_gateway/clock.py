"""Time, asked in one place, so that what keeps time can be tested without waiting."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

SCHEMA = """
CREATE TABLE clock (
    ahead_s REAL NOT NULL
);
"""


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


class ShiftedClock:
    """Another clock, some seconds ahead of it: time can be advanced, never put back, because ledgers are in its order.

    Only instants are ahead. What waits (a slow answer, a fault's window) still waits in real seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.ahead_s = 0.0
        # Called when time was advanced, for what waits for an instant.
        self.advanced: Callable[[], None] = lambda: None

    def now(self) -> datetime:
        now = self._clock.now()
        return now + timedelta(seconds=self.ahead_s) if self.ahead_s else now

    def monotonic_s(self) -> float:
        return self._clock.monotonic_s()

    def sleep(self, duration_s: float) -> None:
        self._clock.sleep(duration_s)

    def load(self, connection: sqlite3.Connection) -> None:
        """Be as far ahead as the database says, so that a restart does not go back in time."""
        row = connection.execute("SELECT ahead_s FROM clock").fetchone()
        self.ahead_s = row[0] if row else 0.0

    def advance(self, connection: sqlite3.Connection, duration_s: float) -> None:
        """Let `duration_s` seconds have passed."""
        self.ahead_s += duration_s
        connection.execute("DELETE FROM clock")
        connection.execute("INSERT INTO clock VALUES (?)", (self.ahead_s,))
        self.advanced()


def from_text(text: str) -> datetime:
    """Return the instant of a text that `to_text` gave."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def to_text(instant: datetime) -> str:
    """Return an instant as `2026-01-31T12:00:00.000000Z`: text that sorts as the instants do."""
    utc = instant if instant.tzinfo is UTC else instant.astimezone(UTC)
    return f"{utc.isoformat(timespec='microseconds')[:26]}Z"  # a tenth of strftime's time, and every charge asks
