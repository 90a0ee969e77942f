"""How long a provider's free slots for a month take, beside a plain loop over python-dateutil's recurrences.

Prints one JSON document; `make bench` runs it, with `systems/booking/src` and `systems/groundwork/python` on its path.
The peer is what such code is often first written as: every candidate of the rules, each compared with every closing
and booking. Both must find the same slots, or nothing is printed.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain.schedule import Closing, ClosingStatus, Rule, TimeRange, Weekday
from booking.domain.slots import Opening, free_slots
from booking.domain.spans import Span
from dateutil.rrule import MINUTELY, rrule

ZONE = "America/Santiago"  # its clock goes forward in this month, at midnight
FIRST, LAST = date(2026, 9, 1), date(2026, 9, 30)
DURATION_MINUTES, STEP_MINUTES = 45, 15
ROUNDS = 41
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOW = datetime(2026, 8, 1, tzinfo=UTC)
_MORNING, _AFTERNOON = TimeRange.parse("09:00", "13:00"), TimeRange.parse("14:00", "19:00")


def minute(moment: datetime) -> int:
    """Return an instant as minutes of the epoch."""
    return int((moment - _EPOCH).total_seconds()) // 60


def opening() -> Opening:
    """Return the hours of somebody who works six days a week and is away now and then."""
    rules = [Rule(day.lower(), day, (_MORNING, _AFTERNOON), _NOW, _NOW) for day in list(Weekday)[:6]]
    closings = [
        Closing(date(2026, 9, day), 1, "away", hours, ClosingStatus.ACTIVE, "", _NOW, _NOW)
        for day, hours in ((4, ()), (11, (_MORNING,)), (18, ()), (25, (_AFTERNOON,)))
    ]
    return Opening(ZONE, rules, closings)


def bookings() -> list[Span]:
    """Return six bookings a working day."""
    zone = ZoneInfo(ZONE)
    found = []
    for number in range(30):
        day = datetime(2026, 9, 1, tzinfo=zone) + timedelta(days=number)
        for hour in (9, 10, 12, 14, 16, 18):
            start = minute(day.replace(hour=hour).astimezone(UTC))
            found.append(Span(start, start + DURATION_MINUTES))
    return found


def ours(hours: Opening, busy: list[Span]) -> list[int]:
    """Return the starts of the free slots, in minutes of the epoch."""
    slots = free_slots(hours, busy, FIRST, LAST, duration_minutes=DURATION_MINUTES, not_before=0)
    return [slot.start for slot in slots]


def peers(hours: Opening, busy: list[Span]) -> list[int]:
    """Return the same by a loop over every candidate."""
    zone = ZoneInfo(hours.timezone)
    closed = [
        _range(zone, closing.day, part)
        for closing in hours.closings
        for part in closing.time_ranges or (TimeRange(0, 1440),)
    ]
    found = []
    for offset in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=offset)
        for part in (part for rule in hours.rules if rule.day_of_week == Weekday.of(day) for part in rule.time_ranges):
            begins, ceases = _range(zone, day, part)
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the wall clock's
            steps = (part.end - part.start) // STEP_MINUTES
            wall = midnight + timedelta(minutes=part.start)
            for local in rrule(MINUTELY, interval=STEP_MINUTES, count=steps, dtstart=wall):
                start = minute(local.replace(tzinfo=zone).astimezone(UTC))
                end = start + DURATION_MINUTES
                if begins <= start and end <= ceases and all(end <= a or b <= start for a, b in (*closed, *busy)):
                    found.append(start)
    return found


def _range(zone: ZoneInfo, day: date, part: TimeRange) -> tuple[int, int]:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - the wall clock's
    starts, ends = (midnight + timedelta(minutes=one) for one in part)
    return minute(starts.replace(tzinfo=zone).astimezone(UTC)), minute(ends.replace(tzinfo=zone).astimezone(UTC))


def median_ms(call: Callable[[], object]) -> float:
    """Return the median of some rounds."""
    taken_ms = []
    for _ in range(ROUNDS):
        started_s = time.perf_counter()
        call()
        taken_ms.append((time.perf_counter() - started_s) * 1000)
    return statistics.median(taken_ms)


def main() -> int:
    """Measure both, and print what came of it."""
    hours, busy = opening(), bookings()
    found = ours(hours, busy)
    if found != peers(hours, busy):
        print("the two do not find the same slots", file=sys.stderr)  # noqa: T201
        return 1
    figures = {
        "slots": len(found),
        "bookings": len(busy),
        "ours_ms": median_ms(lambda: ours(hours, busy)),
        "peer_ms": median_ms(lambda: peers(hours, busy)),
    }
    print(json.dumps(figures))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
