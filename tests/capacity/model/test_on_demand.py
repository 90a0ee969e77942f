"""On demand serves twice the previous peak; a peak counts after half an hour and never falls."""

import pytest

from harness.capacity.on_demand import OnDemandPeak
from harness.capacity.parameters import Parameters


def driven(rates: list[tuple[float, float]], growth_s: float = 1800.0) -> OnDemandPeak:
    """Return the peak after so many units a second for so many seconds each."""
    peak = OnDemandPeak(Parameters(on_demand_growth_s=growth_s), 0.0)
    now_s = 0.0
    for rate, lasts_s in rates:
        for _ in range(int(lasts_s)):
            peak.advance(now_s)
            peak.take(rate)
            now_s += 1.0
    peak.advance(now_s)
    return peak


@pytest.mark.parametrize(("lasts_s", "counts"), [(1859, 0), (1860, 1000)])
def test_peak_counts_when_half_an_hour_has_passed(lasts_s: float, counts: float) -> None:
    assert driven([(1000, 60), (0, lasts_s - 60)]).peak == counts


def test_peak_is_an_average_when_a_minute_was_uneven() -> None:
    assert driven([(600, 30), (0, 30)], growth_s=0.0).peak == 300


def test_higher_peak_counts_later_when_a_lower_one_came_first() -> None:
    assert driven([(500, 60), (2000, 60), (0, 1740)]).peak == 500
    assert driven([(500, 60), (2000, 60), (0, 1800)]).peak == 2000


def test_peak_stays_when_traffic_falls_for_days() -> None:
    peak = driven([(2000, 60)])

    assert peak.advance(7 * 86_400.0)
    assert not peak.advance(70 * 86_400.0)
    assert peak.peak == 2000


def test_nothing_changes_when_time_goes_back() -> None:
    peak = driven([(100, 90)], growth_s=0.0)

    assert not peak.advance(-1e9)
    assert (peak.peak, peak.units, peak.due_s) == (100, 3000, 120)
