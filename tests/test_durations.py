"""Durations are read as people and ISO 8601 write them, and nonsense is refused in words."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.durations import DURATION_S_MAX, duration_s, duration_text
from harness.errors import SettingInvalid


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("15m", 900),
        ("2h", 7200),
        ("3d", 259_200),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1d12h", 129_600),
        ("1.5h", 5400),
        (" 2H ", 7200),
        ("45", 45),
        ("0s", 0),
        ("PT2H", 7200),
        ("P3D", 259_200),
        ("P1DT12H30M5.5S", 131_405.5),
        ("P2W", 1_209_600),
        ("pt90s", 90),
        (12, 12),
        (0.25, 0.25),
    ],
)
def test_duration_is_read_when_it_is_written_so(text: object, seconds: float) -> None:
    assert duration_s(text) == seconds


@pytest.mark.parametrize(
    "nonsense",
    ["", " ", "h", "2x", "30m1h", "1h 30m", "-5m", -1, "P", "PT", "P1DT", "1e3s", "٣s", "1h1h", True, None, [], {},
     float("nan"), float("inf"), "9999999999999s", DURATION_S_MAX + 1],
)  # fmt: skip
def test_duration_is_refused_when_it_is_nonsense(nonsense: object) -> None:
    with pytest.raises(SettingInvalid, match=r"duration is .*expected"):
        duration_s(nonsense)


@pytest.mark.parametrize("text", ["2y", "1 year", "3mo", "2 months"])
def test_days_are_asked_for_when_a_duration_is_in_months_or_years(text: str) -> None:
    with pytest.raises(SettingInvalid, match="in days"):
        duration_s(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (5400, "1h30m"), (0.25, "0.25s"), (176_461, "2d1h1m1s"), (-60, "-1m"), (60, "1m")]
)
def test_duration_is_written_as_people_do(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


@given(st.integers(0, int(DURATION_S_MAX) * 1000))
def test_duration_is_read_back_when_it_was_written(milliseconds: int) -> None:
    assert duration_s(duration_text(milliseconds / 1000)) == pytest.approx(milliseconds / 1000, abs=0.001)


@given(st.text(alphabet="0123456789.wdhmsPT- "))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(SettingInvalid):
        assert duration_s(text) >= 0
