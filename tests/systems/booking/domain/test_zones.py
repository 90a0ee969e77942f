"""Local days as instants: gaps, folds, odd offsets, days that do not exist; against the wall clock minute by minute."""

import itertools
from datetime import date, timedelta

import pytest
from booking.domain.zones import ZoneUnknown, days, moment_at, shown, stretches, zone_named
from hypothesis import given, settings
from hypothesis import strategies as st

ZONES = [
    "UTC",
    "America/Santiago",  # the gap begins at midnight, the fold repeats the hour before it
    "Europe/Madrid",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # half an hour of daylight saving
    "Pacific/Chatham",
    "Africa/Casablanca",  # changes around Ramadan
    "Africa/Cairo",
    "Pacific/Kiritimati",
    "Antarctica/Troll",  # two hours of daylight saving
]
CHANGES = [
    date(2026, 9, 6),
    date(2026, 4, 4),
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 4, 5),
    date(2026, 2, 15),
]
DAYS = st.one_of(st.sampled_from(CHANGES), st.dates(date(2025, 1, 1), date(2030, 12, 31)))
CLOCK = st.integers(0, 288).map(lambda cell: cell * 5)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), DAYS, CLOCK, CLOCK)
def test_a_range_is_every_minute_whose_wall_clock_shows_it(name: str, day: date, one: int, other: int) -> None:
    zone, (start, end) = zone_named(name), sorted((one, other))

    told = {minute for span, _ in shown(stretches(zone, day, day), day, start, end) for minute in range(*span)}

    around = range(int(moment_minute(day)) - 16 * 60, int(moment_minute(day)) + 40 * 60, 5)
    for minute in around:
        local = moment_at(minute).astimezone(zone)
        wanted = local.date() == day and start <= local.hour * 60 + local.minute < end
        assert (minute in told) == wanted, local


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ZONES), DAYS, st.integers(0, 40))
def test_stretches_follow_each_other_and_have_the_zones_offset(name: str, day: date, more: int) -> None:
    zone = zone_named(name)

    found = stretches(zone, day, day + timedelta(days=more))

    assert all(earlier.end == later.start for earlier, later in itertools.pairwise(found))
    for stretch in found:
        for minute in (stretch.start, (stretch.start + stretch.end) // 2, stretch.end - 1):
            assert moment_at(minute).astimezone(zone).utcoffset() == timedelta(minutes=stretch.offset)


def test_a_day_that_a_zone_skipped_has_no_minute() -> None:
    skipped = date(2011, 12, 30)
    time = stretches(zone_named("Pacific/Apia"), skipped, skipped)

    assert shown(time, skipped, 0, 1440) == []


def test_the_day_of_a_fold_has_25_hours_and_that_of_a_gap_23() -> None:
    zone = zone_named("America/Santiago")
    hours = {
        day: sum(span.end - span.start for span, _ in shown(stretches(zone, day, day), day, 0, 1440)) / 60
        for day in (date(2026, 4, 4), date(2026, 9, 6), date(2026, 6, 1))
    }

    assert hours == {date(2026, 4, 4): 25, date(2026, 9, 6): 23, date(2026, 6, 1): 24}


@pytest.mark.parametrize(
    "name",
    [
        *("", "Mars/Olympus", "America", "../etc/passwd", "/etc/passwd", "Europe/Madrid\0", "x" * 300),
        *("localtime", "Factory", "posixrules", "posix/UTC", "right/America/Santiago", "america/santiago"),
    ],
)
def test_a_name_is_refused_when_it_is_no_zone(name: str) -> None:
    with pytest.raises(ZoneUnknown):
        zone_named(name)


def test_days_include_both_ends() -> None:
    assert days(date(2026, 2, 28), date(2026, 3, 1)) == [date(2026, 2, 28), date(2026, 3, 1)]


def moment_minute(day: date) -> float:
    return (day - date(1970, 1, 1)).total_seconds() / 60
