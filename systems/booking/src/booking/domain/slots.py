"""Free slots = rules − closings − bookings − the past, in the provider's zone. Pure and quick: a month in milliseconds.

A slot is offered every `step_minutes` of wall-clock time, counted from the start of the rule's range, where the whole
service fits into time that is free without a break. A customer may also book between two offers, on the five-minute
grid: `is_open` is what a booking must satisfy, and every slot does.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import NamedTuple

from booking.domain.schedule import Closing, Rule, TimeRange, Weekday
from booking.domain.spans import Span, holds, merged, without
from booking.domain.zones import Stretch, days, moment_at, shown, stretches, zone_named

STEP_MINUTES = 15


class Slot(NamedTuple):
    """A time that can be booked: UTC minutes, and the wall clock's offset at its start in minutes."""

    start: int
    end: int
    offset: int

    @property
    def starts_at(self) -> datetime:
        """Return the start in UTC."""
        return moment_at(self.start)

    @property
    def ends_at(self) -> datetime:
        """Return the end in UTC."""
        return moment_at(self.end)

    @property
    def local_start(self) -> datetime:
        """Return the start on the provider's wall clock, with its offset."""
        return self.starts_at.astimezone(timezone(timedelta(minutes=self.offset)))


@dataclass(frozen=True, slots=True)
class Opening:
    """A provider's working times."""

    timezone: str
    rules: Sequence[Rule]
    closings: Sequence[Closing]


class _Range(NamedTuple):
    """A piece of a rule's range: its time, its offset, and the wall-clock minute that offers count from."""

    span: Span
    offset: int
    anchor: int


def free_slots(
    opening: Opening,
    busy: Iterable[Span],
    first: date,
    last: date,
    *,
    duration_minutes: int,
    not_before: int,
    step_minutes: int = STEP_MINUTES,
) -> list[Slot]:
    """Return the slots that start on the local days first…last, in the order of time; `not_before` is a UTC minute."""
    # The day after the last holds what a slot before midnight may run into.
    time = stretches(zone_named(opening.timezone), first, last + timedelta(days=1))
    ranges = _ranges(opening.rules, time, days(first, last))
    following = _ranges(opening.rules, time, [last + timedelta(days=1)])
    worked = merged(piece.span for piece in (*ranges, *following))
    taken = merged((*closed_spans(opening.closings, time), *busy))
    return _offers(ranges, without(worked, taken), duration_minutes, not_before, step_minutes)


def is_open(opening: Opening, wanted: Span) -> bool:
    """Return whether the provider works all through `wanted`; says nothing of bookings."""
    zone = zone_named(opening.timezone)
    first = moment_at(wanted.start).astimezone(zone).date()
    last = moment_at(wanted.end).astimezone(zone).date()
    time = stretches(zone, first, last)
    worked = merged(piece.span for piece in _ranges(opening.rules, time, days(first, last)))
    return holds(without(worked, merged(closed_spans(opening.closings, time))), wanted)


def closed_spans(closings: Iterable[Closing], time: Sequence[Stretch]) -> list[Span]:
    """Return the time that closings take out, as far as the stretches reach."""
    return [
        span
        for closing in closings
        for hours in closing.closed
        for span, _ in shown(time, closing.day, hours.start, hours.end)
    ]


def _ranges(rules: Sequence[Rule], time: Sequence[Stretch], on: Sequence[date]) -> list[_Range]:
    by_weekday: dict[Weekday, list[TimeRange]] = {}
    for rule in rules:
        by_weekday.setdefault(rule.day_of_week, []).extend(rule.time_ranges)
    return [
        _Range(span, offset, hours.start)
        for day in on
        for hours in by_weekday.get(Weekday.of(day), ())
        for span, offset in shown(time, day, hours.start, hours.end)
    ]


def _offers(
    ranges: Sequence[_Range], free: Sequence[Span], duration_minutes: int, not_before: int, step_minutes: int
) -> list[Slot]:
    ends = [span.end for span in free]
    found: set[Slot] = set()
    for (begins, ceases), offset, anchor in ranges:
        position = bisect_right(ends, begins)
        while position < len(free) and free[position].start < ceases:
            start = max(begins, free[position].start, not_before)
            # Midnight is a multiple of every step, so the wall clock's minutes can be counted from any day's.
            start += (anchor - start - offset) % step_minutes
            latest = min(ceases - 1, free[position].end - duration_minutes)
            found.update(Slot(at, at + duration_minutes, offset) for at in range(start, latest + 1, step_minutes))
            position += 1
    return sorted(found)
