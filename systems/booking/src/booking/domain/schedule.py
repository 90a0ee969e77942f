"""When a provider works: weekly rules, and closings (BookingExceptions) that take single days or hours out of them.

Both speak of the wall clock in the provider's zone; which instants that means is `zones`' business.
"""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from booking.domain.zones import DAY_MINUTES

GRID_MINUTES = 5
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


class Weekday(StrEnum):
    """A day of the week, in ISO 8601's order."""

    MON = "MON"
    TUE = "TUE"
    WED = "WED"
    THU = "THU"
    FRI = "FRI"
    SAT = "SAT"
    SUN = "SUN"

    @classmethod
    def of(cls, day: date) -> "Weekday":
        """Return a date's day of the week."""
        return _WEEK[day.weekday()]


_WEEK = tuple(Weekday)


class TimeInvalid(ValueError):
    """A text is no time of the wall clock on the grid, or a range ends before it starts."""


class TimeRange(NamedTuple):
    """A part of a local day, in minutes since its midnight; the end, at most 1,440, is excluded."""

    start: int
    end: int

    @classmethod
    def parse(cls, start: str, end: str) -> "TimeRange":
        """Read e.g. "09:00" and "13:00"; "24:00" may be an end; raises TimeInvalid."""
        begins, ends = clock_minutes(start), DAY_MINUTES if end == "24:00" else clock_minutes(end)
        if begins >= ends:
            raise TimeInvalid("must end after its start; a range over midnight is two ranges")
        return cls(begins, ends)


WHOLE_DAY = TimeRange(0, DAY_MINUTES)


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of one weekday in which a provider works, every week."""

    rule_id: str
    day_of_week: Weekday
    time_ranges: tuple[TimeRange, ...]
    created_at: datetime
    updated_at: datetime


class ClosingStatus(StrEnum):
    """PENDING: new bookings are refused, those in the way are not dealt with yet. ACTIVE: it stands."""

    PENDING = "PENDING"
    ACTIVE = "ACTIVE"


class ExistingBookings(StrEnum):
    """What becomes of live bookings that lie in a new closing."""

    REFUSE = "refuse"
    KEEP = "keep"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class Closing:
    """A BookingException: a local day, or hours of it, without work. `kept` are the bookings that stay in it.

    `fingerprint` tells one request from another, so that a request that was interrupted finds what it began.
    """

    day: date
    seq: int
    reason: str
    time_ranges: tuple[TimeRange, ...]
    status: ClosingStatus
    fingerprint: str
    created_at: datetime
    updated_at: datetime
    kept: tuple[str, ...] = ()

    @property
    def exception_id(self) -> str:
        """Return the id that the API shows, e.g. 2026-11-21-001."""
        return f"{self.day.isoformat()}-{self.seq:03d}"

    @property
    def all_day(self) -> bool:
        """Return whether no hour of the day is left."""
        return not self.time_ranges

    @property
    def closed(self) -> Sequence[TimeRange]:
        """Return the hours that are taken out."""
        return self.time_ranges or (WHOLE_DAY,)


@dataclass(frozen=True, slots=True)
class Schedule:
    """What every change of a provider's times counts up, so that nobody books by times that have changed.

    `version` counts all changes, `rules_version` those of rules and zone only.
    """

    version: int
    rules_version: int
    timezone: str
    active: bool


def clock_minutes(text: str) -> int:
    """Read a wall-clock time of the five-minute grid, e.g. "09:05", as minutes since midnight; raises TimeInvalid."""
    parts = _CLOCK.fullmatch(text)
    if not parts:
        raise TimeInvalid("must be a time from 00:00 to 23:59; 24:00 may be an end")
    minutes = int(parts[1]) * 60 + int(parts[2])
    if minutes % GRID_MINUTES:
        raise TimeInvalid(f"must be a multiple of {GRID_MINUTES} minutes")
    return minutes


@lru_cache(maxsize=2_048)
def clock_text(minutes: int) -> str:
    """Return minutes since midnight as a wall-clock time, e.g. "09:05"."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def ordered(ranges: Sequence[TimeRange]) -> tuple[TimeRange, ...]:
    """Return ranges sorted; raises TimeInvalid when two overlap."""
    found = tuple(sorted(ranges))
    if any(later.start < earlier.end for earlier, later in itertools.pairwise(found)):
        raise TimeInvalid("must not overlap")
    return found
