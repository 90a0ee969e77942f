"""A zone's local days as instants: where wall clocks skip (gaps) and repeat (folds) included.

Everything is whole minutes: instants as minutes since 1970-01-01T00:00Z, the wall clock as minutes since midnight.
A local day is cut into stretches of constant offset, and a range of wall-clock time is whatever instants show it: none
of a range that a gap skips, both passes of a range that a fold repeats.

Leaves out offsets with seconds (source: the tz database has none that is in force since 1972, documented).
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from booking.domain.spans import Span

DAY_MINUTES = 1_440
_EPOCH_DAY = date(1970, 1, 1).toordinal()
# No zone is further from UTC than this; one hour is to spare (source: tz database, -12:00 to +14:00, documented).
_OFFSET_MINUTES_MAX = 15 * 60
# Far below the shortest time between two changes of one zone (weeks), so that no pair of changes hides between samples.
_SAMPLE_MINUTES = 6 * 60


class ZoneUnknown(ValueError):
    """A name is none of the tz database's."""


class Stretch(NamedTuple):
    """A time of constant offset: wall clock = instant + offset. Minutes, end excluded."""

    start: int
    end: int
    offset: int


@lru_cache(maxsize=512)
def zone_named(name: str) -> ZoneInfo:
    """Return a zone by its IANA name; raises ZoneUnknown."""
    # A machine's own database knows more: its own zone as "localtime", zones with leap seconds below "right/".
    if name not in _names():
        raise ZoneUnknown("is no time zone of the IANA database")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a machine's own database may be older, or broken
        raise ZoneUnknown("is no time zone of the IANA database") from None


@cache
def _names() -> frozenset[str]:
    """Return the names of the IANA database; "Factory" is what it calls a zone that was not set."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()) - {"Factory"}


def stretches(zone: ZoneInfo, first: date, last: date) -> list[Stretch]:
    """Return the stretches that hold every instant of the local days first…last, in the order of time."""
    start = day_minutes(first) - _OFFSET_MINUTES_MAX
    end = day_minutes(last) + DAY_MINUTES + _OFFSET_MINUTES_MAX
    found: list[Stretch] = []
    began, offset = start, _offset(zone, start)
    for sample in range(start + _SAMPLE_MINUTES, end + _SAMPLE_MINUTES, _SAMPLE_MINUTES):
        now = _offset(zone, sample)
        if now != offset:
            change = _change(zone, sample - _SAMPLE_MINUTES, sample, offset)
            found.append(Stretch(began, change, offset))
            began, offset = change, now
    found.append(Stretch(began, max(end, began), offset))
    return found


def shown(of: Sequence[Stretch], day: date, start: int, end: int) -> list[tuple[Span, int]]:
    """Return the spans of time in which the wall clock shows `day` from start to end (minutes), and their offsets."""
    midnight = day_minutes(day)
    found: list[tuple[Span, int]] = []
    for stretch in of:
        begins = max(stretch.start, midnight + start - stretch.offset)
        ends = min(stretch.end, midnight + end - stretch.offset)
        if begins < ends:
            found.append((Span(begins, ends), stretch.offset))
    return found


def day_minutes(day: date) -> int:
    """Return a day's midnight in minutes, as if the day were UTC's."""
    return (day.toordinal() - _EPOCH_DAY) * DAY_MINUTES


def minute_of(moment: datetime) -> int:
    """Return the minute that an aware instant lies in."""
    return int(moment.timestamp() // 60)


def moment_at(minute: int) -> datetime:
    """Return a minute as an aware UTC datetime."""
    return datetime.fromtimestamp(minute * 60, UTC)


def shown_at(minute: int, offset: int = 0) -> tuple[date, int]:
    """Return the day and the minute of the day that the wall clock shows at an instant, with an offset from UTC."""
    day, clock = divmod(minute + offset, DAY_MINUTES)
    return date.fromordinal(day + _EPOCH_DAY), clock


def days(first: date, last: date) -> list[date]:
    """Return the days first…last, both included."""
    return [first + timedelta(days=more) for more in range((last - first).days + 1)]


def _offset(zone: ZoneInfo, minute: int) -> int:
    offset = datetime.fromtimestamp(minute * 60, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds()) // 60


def _change(zone: ZoneInfo, before: int, after: int, offset: int) -> int:
    """Return the first minute in (before, after] that has another offset."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after
