"""How seed sets say when: `TUE of week 2 at 10:30`, `2026-11-25`, `MON-FRI`, `09:00-13:00 15:00-19:00`.

Week 1 begins with the first Monday on or after the day that the set is loaded from, so that a set reads the same
whenever it is loaded; week 0 is the one before.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from harness.errors import did_you_mean
from harness.seeding.booking.model import DAYS, TimeRange

_OF_WEEK = re.compile(r"(?P<day>[A-Z]{3}) of week (?P<week>-?\d{1,3})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5][05]|24:00")
_WHEN = "expected e.g. TUE of week 2, or 2026-11-25"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days by their words, counted from the day that a set is loaded from."""

    first: date

    @property
    def monday(self) -> date:
        """The first Monday on or after the first day: week 1 begins with it."""
        return self.first + timedelta(days=-self.first.weekday() % 7)

    def day(self, text: str) -> date:
        """Return a day; raises ValueError."""
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                raise ValueError(f"is {text!r}, which is no date") from None
        parts = _OF_WEEK.fullmatch(text)
        if not parts:
            raise ValueError(f"is {text!r}, {_WHEN}")
        return self.monday + timedelta(weeks=int(parts["week"]) - 1, days=_position(parts["day"]))

    def moment(self, text: str) -> tuple[date, int]:
        """Return the day and the minute after midnight of e.g. `TUE of week 2 at 10:30`; raises ValueError."""
        day, at, clock = text.rpartition(" at ")
        if not at or not _CLOCK.fullmatch(clock) or clock == "24:00":
            raise ValueError(f"is {text!r}, expected e.g. TUE of week 2 at 10:30, with minutes of the 5-minute grid")
        return self.day(day), int(clock[:2]) * 60 + int(clock[3:])


def weekdays(text: str) -> tuple[str, ...]:
    """Return the days of e.g. `MON-FRI`, `SAT` or `MON WED`; raises ValueError."""
    found: dict[str, None] = {}
    for part in text.replace(",", " ").split():
        first, dash, last = part.partition("-")
        start, end = _position(first), _position(last if dash else first)
        if end < start:
            raise ValueError(f"holds {part!r}, expected the earlier day first: MON … SUN")
        found |= dict.fromkeys(DAYS[start : end + 1])
    if not found:
        raise ValueError("names no day, expected e.g. MON-FRI")
    return tuple(found)


def time_ranges(text: str) -> tuple[TimeRange, ...]:
    """Return the ranges of e.g. `09:00-13:00 15:00-19:00`; raises ValueError."""
    found = []
    for part in text.replace(",", " ").split():
        start, _, end = part.partition("-")
        if not (_CLOCK.fullmatch(start) and _CLOCK.fullmatch(end)) or start >= end:
            raise ValueError(
                f"holds {part!r}, expected e.g. 09:00-13:00, on the 5-minute grid, the end after the start"
            )
        found.append(TimeRange(start, end))
    if not found:
        raise ValueError("names no hours, expected e.g. 09:00-13:00")
    found.sort(key=lambda one: one.start)
    for before, after in pairwise(found):
        if after.start < before.end:
            raise ValueError(f"holds {before.start}-{before.end} and {after.start}-{after.end}, which overlap")
    return tuple(found)


def _position(day: str) -> int:
    try:
        return DAYS.index(day)
    except ValueError:
        raise ValueError(f"holds {day!r}, expected one of {', '.join(DAYS)}{did_you_mean(day, DAYS)}") from None
