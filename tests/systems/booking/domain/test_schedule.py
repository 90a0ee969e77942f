"""Rules and closings: what is a time, a range, a day of the week."""

from datetime import date

import pytest
from booking.domain.schedule import TimeInvalid, TimeRange, Weekday, clock_minutes, clock_text, ordered
from hypothesis import given
from hypothesis import strategies as st


@given(st.integers(0, 287))
def test_a_clock_is_read_back_as_it_is_shown(cell: int) -> None:
    assert clock_minutes(clock_text(cell * 5)) == cell * 5


@pytest.mark.parametrize("text", ["24:00", "9:00", "09:60", "09:01", "0900", "", "-1:00", "09:00 ", "٠٩:٠٠"])
def test_a_clock_is_refused_when_it_is_off_the_grid(text: str) -> None:
    with pytest.raises(TimeInvalid):
        clock_minutes(text)


def test_a_range_may_end_at_midnight_and_no_later() -> None:
    assert TimeRange.parse("22:00", "24:00") == (1320, 1440)
    with pytest.raises(TimeInvalid, match="two ranges"):
        TimeRange.parse("22:00", "02:00")
    with pytest.raises(TimeInvalid, match="two ranges"):
        TimeRange.parse("09:00", "09:00")


def test_ranges_are_sorted_and_refused_when_they_overlap() -> None:
    morning, noon, lunch = TimeRange(540, 720), TimeRange(720, 780), TimeRange(700, 760)

    assert ordered([noon, morning]) == (morning, noon)
    with pytest.raises(TimeInvalid, match="overlap"):
        ordered([noon, lunch])


def test_a_date_knows_its_weekday() -> None:
    assert [Weekday.of(date(2026, 11, day)) for day in (16, 21, 22)] == ["MON", "SAT", "SUN"]
