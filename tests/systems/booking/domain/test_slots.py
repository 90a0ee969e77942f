"""Free slots: rules − closings − bookings − the past, on ordinary days and on those when the clocks change."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from booking.domain.schedule import Closing, ClosingStatus, Rule, TimeRange, Weekday
from booking.domain.slots import Opening, Slot, free_slots, is_open
from booking.domain.spans import Span
from booking.domain.zones import moment_at, zone_named
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MONDAY = date(2026, 6, 1)


def rules(*ranges: tuple[str, str], on: Sequence[Weekday] = tuple(Weekday)) -> list[Rule]:
    hours = tuple(TimeRange.parse(*one) for one in ranges)
    return [Rule(f"rule-{day}", day, hours, NOW, NOW) for day in on]


def closing(day: date, *ranges: tuple[str, str], status: ClosingStatus = ClosingStatus.ACTIVE) -> Closing:
    return Closing(day, 1, "", tuple(TimeRange.parse(*one) for one in ranges), status, "", NOW, NOW)


def starts(
    opening: Opening, day: date, duration_minutes: int = 60, step_minutes: int = 30, **more: object
) -> list[str]:
    busy: Sequence[Span] = more.get("busy", ())  # type: ignore[assignment]
    found = free_slots(
        opening,
        busy,
        day,
        day,
        duration_minutes=duration_minutes,
        not_before=int(more.get("not_before", 0)),  # type: ignore[call-overload]
        step_minutes=step_minutes,
    )
    return [f"{slot.local_start:%H:%M%z}" for slot in found]


@pytest.mark.parametrize(
    ("zone", "day", "hours", "minutes", "expected"),
    [
        # The gap begins at local midnight: the day starts at 01:00.
        ("America/Santiago", date(2026, 9, 6), ("00:00", "03:00"), 60, ["01:00-0300", "01:30-0300", "02:00-0300"]),
        # The fold repeats 23:00 to 24:00: five half hours of slots before it, in it, and after it.
        (
            "America/Santiago",
            date(2026, 4, 4),
            ("22:30", "24:00"),
            60,
            ["22:30-0300", "23:00-0300", "23:30-0300", "23:00-0400"],
        ),
        # 02:00 to 03:00 does not exist: an hour from 01:30 ends at 03:30 on the wall clock.
        ("Europe/Madrid", date(2026, 3, 29), ("01:00", "04:00"), 60, ["01:00+0100", "01:30+0100", "03:00+0200"]),
        ("Europe/Madrid", date(2026, 3, 29), ("02:00", "03:00"), 30, []),
        ("Europe/Madrid", date(2026, 3, 29), ("02:30", "03:30"), 30, ["03:00+0200"]),
        # 02:00 to 03:00 comes twice, and without a break between the two.
        (
            "Europe/Madrid",
            date(2026, 10, 25),
            ("01:30", "03:30"),
            60,
            ["01:30+0200", "02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100"],
        ),
        # A range that ends within the fold covers both passes, with an hour between them.
        ("Europe/Madrid", date(2026, 10, 25), ("02:00", "02:30"), 30, ["02:00+0200", "02:00+0100"]),
        ("Europe/Madrid", date(2026, 10, 25), ("02:00", "02:30"), 60, []),
        # Half an hour of daylight saving, and offsets of half and three quarters of an hour.
        (
            "Australia/Lord_Howe",
            date(2026, 4, 5),
            ("01:00", "03:00"),
            30,
            ["01:00+1100", "01:30+1100", "01:30+1030", "02:00+1030", "02:30+1030"],
        ),
        ("Asia/Kathmandu", MONDAY, ("09:00", "10:00"), 30, ["09:00+0545", "09:30+0545"]),
        ("America/St_Johns", MONDAY, ("23:00", "24:00"), 30, ["23:00-0230", "23:30-0230"]),
    ],
)
def test_slots_follow_the_wall_clock(
    zone: str, day: date, hours: tuple[str, str], minutes: int, expected: list[str]
) -> None:
    assert starts(Opening(zone, rules(hours), []), day, minutes) == expected


def test_a_closing_takes_its_hours_out_whether_it_stands_or_is_pending() -> None:
    for status in ClosingStatus:
        closings = [closing(MONDAY, ("10:00", "11:00"), status=status)]
        assert starts(Opening("UTC", rules(("09:00", "12:00")), closings), MONDAY) == ["09:00+0000", "11:00+0000"]


def test_a_whole_day_closing_leaves_nothing() -> None:
    assert starts(Opening("America/Santiago", rules(("00:00", "24:00")), [closing(MONDAY)]), MONDAY) == []


def test_a_booking_takes_its_time_out_but_not_the_minute_that_it_ends_at() -> None:
    nine = int(datetime(2026, 6, 1, 9, tzinfo=UTC).timestamp()) // 60
    opening = Opening("UTC", rules(("09:00", "12:00")), [])

    assert starts(opening, MONDAY, busy=[Span(nine + 60, nine + 90)]) == ["09:00+0000", "10:30+0000", "11:00+0000"]


def test_offers_are_counted_from_the_start_of_the_rule() -> None:
    opening = Opening("UTC", rules(("09:10", "10:30")), [])

    assert starts(opening, MONDAY, 45, 15) == ["09:10+0000", "09:25+0000", "09:40+0000"]


def test_the_past_is_not_offered() -> None:
    half_past_nine = int(datetime(2026, 6, 1, 9, 31, tzinfo=UTC).timestamp()) // 60
    opening = Opening("UTC", rules(("09:00", "11:00")), [])

    assert starts(opening, MONDAY, 30, not_before=half_past_nine) == ["10:00+0000", "10:30+0000"]


def test_rules_that_touch_are_one_time_and_those_that_overlap_offer_a_start_once() -> None:
    touching = [*rules(("09:00", "10:00")), *rules(("10:00", "11:00"))]
    overlapping = [*rules(("09:00", "10:30")), *rules(("10:00", "11:00"))]

    for some in (touching, overlapping):
        assert starts(Opening("UTC", some, []), MONDAY) == ["09:00+0000", "09:30+0000", "10:00+0000"]


def test_a_slot_may_run_over_midnight_when_the_next_day_begins_with_work() -> None:
    night = [*rules(("23:00", "24:00"), on=[Weekday.MON]), *rules(("00:00", "01:00"), on=[Weekday.TUE])]

    assert starts(Opening("UTC", night, []), MONDAY) == ["23:00+0000", "23:30+0000"]
    assert starts(Opening("UTC", night, [closing(MONDAY + timedelta(days=1))]), MONDAY) == ["23:00+0000"]


ZONES = st.sampled_from(["America/Santiago", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
DAYS = st.sampled_from([date(2026, 9, 5), date(2026, 4, 4), date(2026, 3, 28), date(2026, 10, 24), date(2026, 4, 5)])
RANGES = st.tuples(st.integers(0, 95), st.integers(1, 40)).map(
    lambda one: TimeRange(one[0] * 15, min(1440, (one[0] + one[1]) * 15))
)
WEEK = st.lists(st.builds(Rule, st.just("r"), st.sampled_from(Weekday), st.tuples(RANGES), st.just(NOW), st.just(NOW)))


@settings(max_examples=80, deadline=None)
@given(ZONES, DAYS, WEEK, st.lists(st.tuples(st.integers(0, 3), RANGES)), st.lists(st.integers(-48, 600)), st.data())
def test_slots_are_what_a_minute_by_minute_look_finds(
    name: str,
    first: date,
    week: list[Rule],
    closed: list[tuple[int, TimeRange]],
    booked: list[int],
    data: st.DataObject,
) -> None:
    last = first + timedelta(days=data.draw(st.integers(0, 2), label="days"))
    duration = data.draw(st.sampled_from([5, 30, 60, 240]), label="duration")
    closings = [
        Closing(first + timedelta(days=after), 1, "", (hours,), ClosingStatus.ACTIVE, "", NOW, NOW)
        for after, hours in closed
    ]
    midnight = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp()) // 60
    busy = [Span(midnight + at * 10, midnight + at * 10 + 25) for at in booked]
    opening = Opening(name, week, closings)

    found = free_slots(opening, busy, first, last, duration_minutes=duration, not_before=midnight)

    assert found == sorted(expected_slots(opening, busy, first, last, duration, midnight))
    assert all(is_open(opening, Span(slot.start, slot.end)) for slot in found)


def expected_slots(
    opening: Opening, busy: Sequence[Span], first: date, last: date, duration: int, not_before: int
) -> set[Slot]:
    zone = zone_named(opening.timezone)
    taken = {minute for span in busy for minute in range(*span)}
    free: dict[int, tuple[date, int, int]] = {}
    for minute in range(not_before - 16 * 60, not_before + 6 * 24 * 60, 5):
        local = moment_at(minute).astimezone(zone)
        day, clock = local.date(), local.hour * 60 + local.minute
        worked = [hours for rule in opening.rules if rule.day_of_week == Weekday.of(day) for hours in rule.time_ranges]
        shut = [hours for one in opening.closings if one.day == day for hours in one.closed]
        inside = any(hours.start <= clock < hours.end for hours in worked)
        if inside and not any(hours.start <= clock < hours.end for hours in shut) and minute not in taken:
            offset = local.utcoffset()
            assert offset is not None
            free[minute] = (day, clock, int(offset.total_seconds()) // 60)
    found = set[Slot]()
    for minute, (day, clock, offset_minutes) in free.items():
        if minute < not_before or not first <= day <= last:
            continue
        if not all(minute + more in free for more in range(0, duration, 5)):
            continue
        for rule in opening.rules:
            for hours in rule.time_ranges if rule.day_of_week == Weekday.of(day) else ():
                if hours.start <= clock < hours.end and (clock - hours.start) % 15 == 0:
                    found.add(Slot(minute, minute + duration, offset_minutes))
    return found
