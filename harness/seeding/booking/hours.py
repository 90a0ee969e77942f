"""When a provider is there: rules without closures, as instants; and the local cells that a booking covers.

A range of local time holds every instant whose wall clock shows a time in it: on the day on which clocks are put back
both passes, on the day on which they are put forward nothing of the hour that is skipped. The cell of five minutes is
the system's grid, so whether a booking is inside is asked cell by cell, and no day needs a rule of its own.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from harness.seeding.booking.model import CELL, Closure, Rule, TimeRange, day_name

_DAY = timedelta(days=1)


@cache
def zone(name: str) -> ZoneInfo:
    """Return a zone, read once."""
    return ZoneInfo(name)


def open_ranges(rules: Iterable[Rule], closures: Iterable[Closure], day: date) -> list[TimeRange]:
    """Return the ranges of a day that rules open, none when a closure takes all of it; `covers` knows part closures."""
    if any(closure.day == day and closure.all_day for closure in closures):
        return []
    name = day_name(day)
    return [one for rule in rules if rule.day == name for one in rule.ranges]


def closed_ranges(closures: Iterable[Closure], day: date) -> list[TimeRange]:
    """Return the ranges of a day that closures take out of it."""
    whole = TimeRange("00:00", "24:00")
    return [one for closure in closures if closure.day == day for one in (closure.ranges or (whole,))]


def at(day: date, minutes: int, zone_name: str) -> datetime:
    """Return the instant of a local time (the first pass, when it comes twice), UTC."""
    local = datetime.combine(day, time()) + timedelta(minutes=minutes)
    return local.replace(tzinfo=zone(zone_name)).astimezone(UTC)


def changes_clock(day: date, zone_name: str) -> bool:
    """Whether clocks are put forward or back on a day."""
    here = zone(zone_name)
    start = datetime.combine(day, time(), here)
    return start.utcoffset() != datetime.combine(day + _DAY, time(), here).utcoffset()


def cells(starts_at: datetime, ends_at: datetime) -> Iterator[datetime]:
    """Give the starts of the five minutes that a booking holds."""
    cell = starts_at
    while cell < ends_at:
        yield cell
        cell += CELL


def covers(
    rules: Iterable[Rule], closures: Iterable[Closure], zone_name: str, starts_at: datetime, ends_at: datetime
) -> bool:
    """Whether every minute of a booking is inside the rules and outside the closures, on the provider's wall clock."""
    here, rules, closures = zone(zone_name), tuple(rules), tuple(closures)
    for cell in cells(starts_at, ends_at):
        local = cell.astimezone(here)
        day, minute = local.date(), local.hour * 60 + local.minute
        if not _within(open_ranges(rules, closures, day), minute) or _within(closed_ranges(closures, day), minute):
            return False
    return True


def _within(ranges: Iterable[TimeRange], minute: int) -> bool:
    return any(start <= minute < end for start, end in (one.minutes for one in ranges))
