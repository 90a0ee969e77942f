"""Days as stories speak of them, clock changes included."""

from datetime import UTC, date, datetime

import pytest

from harness.clients.booking.calendar import days_of_week, hours, next_clock_change, next_day
from harness.errors import SettingInvalid

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)  # a Saturday


@pytest.mark.parametrize(
    ("text", "days"),
    [("MON", ["MON"]), ("FRI-SUN", ["FRI", "SAT", "SUN"]), ("MON,WED-THU", ["MON", "WED", "THU"])],
)
def test_days_are_those_that_are_named(text: str, days: list[str]) -> None:
    assert days_of_week(text) == days


@pytest.mark.parametrize("text", ["", "MO", "MON-XYZ", "mon"])
def test_days_raise_when_they_are_none(text: str) -> None:
    with pytest.raises(SettingInvalid, match="names no days of the week"):
        days_of_week(text)


def test_hours_are_ranges() -> None:
    assert hours("09:00-13:00") == [{"start": "09:00", "end": "13:00"}]


@pytest.mark.parametrize(("day", "found"), [("MON", 23), ("SUN", 29), ("SAT", 28)])
def test_next_day_has_not_begun(day: str, found: int) -> None:
    assert next_day(day, "America/Santiago", now=NOW) == date(2026, 11, found)


@pytest.mark.parametrize(
    ("zone", "forward", "back"),
    [
        # Published transitions of the zones (tzdata), written down by hand.
        ("America/Santiago", date(2027, 9, 5), date(2027, 4, 3)),
        ("Europe/Madrid", date(2027, 3, 28), date(2027, 10, 31)),
        ("America/New_York", date(2027, 3, 14), date(2027, 11, 7)),
    ],
)
def test_clock_changes_on_the_day_whose_hours_are_other_than_24(zone: str, forward: date, back: date) -> None:
    assert next_clock_change(zone, "forward", now=NOW) == forward
    assert next_clock_change(zone, "back", now=NOW) == back


def test_clock_change_raises_when_there_is_none() -> None:
    with pytest.raises(SettingInvalid, match="don't go forward within 400 days"):
        next_clock_change("Asia/Tokyo", "forward", now=NOW)
