"""Days and times as stories speak of them: days of the week, slots, the next day on which a clock changes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from harness.errors import SettingInvalid

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
CHANGES_WITHIN_DAYS = 400


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is free. `starts_at` and `ends_at` are UTC; `utc_offset` tells the two passes of a fold apart."""

    starts_at: datetime
    ends_at: datetime
    local_date: str
    local_time: str
    utc_offset: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Slot":
        """Read one item of the API's list."""
        return cls(
            datetime.fromisoformat(str(item["start"])),
            datetime.fromisoformat(str(item["end"])),
            str(item["localDate"]),
            str(item["localTime"]),
            str(item["utcOffset"]),
        )

    def __str__(self) -> str:
        return f"{self.local_date} {self.local_time} {self.utc_offset}"


def utc_text(at: datetime) -> str:
    """Return an instant as the API takes it, e.g. `2026-11-21T10:00:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def days_of_week(text: str) -> list[str]:
    """Return the days that `MON-FRI`, `MON,WED` or `SUN` name; raises SettingInvalid for anything else."""
    found: list[str] = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in DAYS or (last and last not in DAYS):
            raise SettingInvalid(f"{text!r} names no days of the week, expected e.g. MON-FRI or MON,WED")
        found += DAYS[DAYS.index(first) : DAYS.index(last or first) + 1]
    return found


def hours(*ranges: str) -> list[dict[str, str]]:
    """Return ranges such as `09:00-13:00` as the API takes them."""
    parts = [one.partition("-") for one in ranges]
    return [{"start": start, "end": end} for start, _, end in parts]


def next_day(day_of_week: str, zone: str, *, now: datetime, days_min: int = 2) -> date:
    """Return the next such day in `zone` that is at least `days_min` days away, so that nothing of it is over."""
    today = now.astimezone(ZoneInfo(zone)).date() + timedelta(days=days_min)
    return next(day for day in _days(today) if DAYS[day.weekday()] == day_of_week)


def next_clock_change(zone: str, which: Literal["forward", "back"], *, now: datetime) -> date:
    """Return the next local day (not today's, nor tomorrow's) on which the clocks of `zone` go forward or back.

    Raises SettingInvalid for a zone without such a day within 400 days.
    """
    there = ZoneInfo(zone)
    today = now.astimezone(there).date()
    for day in _days(today + timedelta(days=2)):
        if (day - today).days > CHANGES_WITHIN_DAYS:
            raise SettingInvalid(f"the clocks of {zone} don't go {which} within {CHANGES_WITHIN_DAYS} days")
        start, end = (datetime.combine(one, time(), there).utcoffset() for one in (day, day + timedelta(days=1)))
        # A day's own offset at its midnight: Santiago's clocks change there, so the fold and the gap are told apart.
        if start is not None and end is not None and (end > start if which == "forward" else end < start):
            return day
    raise AssertionError  # pragma: no cover - the days never end


def _days(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(days=1)
