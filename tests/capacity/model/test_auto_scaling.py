"""Auto scaling follows consumption as two alarms see it, minute by minute."""

from harness.capacity.auto_scaling import AutoScaling, ScalingRule
from harness.capacity.parameters import Parameters

RULE = ScalingRule(10, 1000, 0.7)
HOUR_S = 3600.0


def driven(scaling: AutoScaling, rate: float, from_s: float, until_s: float) -> list[tuple[float, float]]:
    """Consume at a rate; return when throughput changed, and to what."""
    changes = []
    for second in range(int(from_s), int(until_s)):
        if scaling.advance(float(second)):
            changes.append((float(second), scaling.provisioned))
        scaling.take(rate)
    return changes


def scaling_at(provisioned: float, **figures: float) -> AutoScaling:
    return AutoScaling(RULE, provisioned, Parameters(**figures), 0.0)  # type: ignore[arg-type]


def test_throughput_rises_when_two_minutes_were_above_the_target() -> None:
    # Two minutes to see it, one for the update; then 90 of 129 is what the target asks for.
    assert driven(scaling_at(100), 90, 0, 600) == [(180.0, 129.0)]


def test_nothing_changes_when_one_minute_alone_was_above() -> None:
    scaling = scaling_at(100)

    assert driven(scaling, 90, 0, 60) + driven(scaling, 60, 60, 600) == []


def test_throughput_falls_when_fifteen_minutes_were_far_below() -> None:
    # Documented: a target of 70 scales in below 50, not below 70.
    assert driven(scaling_at(100), 55, 0, 2000) == []
    assert driven(scaling_at(100), 35, 0, 1000) == [(960.0, 50.0)]


def test_throughput_stays_when_nothing_at_all_is_consumed() -> None:
    assert driven(scaling_at(100), 0, 0, 7200) == []


def test_decreases_are_one_an_hour_when_four_were_made_that_day() -> None:
    scaling = scaling_at(1000, scaling_takes_s=0.0)
    changes = []
    for step, rate in enumerate((400, 250, 150, 90, 50, 30)):
        changes += driven(scaling, rate, step * 1000, (step + 1) * 1000)

    # The fifth waits for an hour without one.
    assert [units for _, units in changes] == [572, 358, 215, 129]
    assert driven(scaling, 30, 6000, 12_000)[0] == (changes[3][0] + HOUR_S, 43)


def test_a_new_day_allows_four_more_when_the_last_had_its_decreases() -> None:
    scaling = scaling_at(1000, scaling_takes_s=0.0, decrease_every_s=1e9)
    for step, rate in enumerate((400, 250, 150, 90, 50)):
        driven(scaling, rate, step * 1000, (step + 1) * 1000)
    assert scaling.provisioned == 129

    assert driven(scaling, 50, 86_340, 88_000)[0][1] == 72


def test_bounds_hold_when_consumption_asks_for_more_or_less() -> None:
    scaling = scaling_at(5)
    assert scaling.provisioned == 10
    driven(scaling, 5000, 0, 300)
    assert scaling.provisioned == 1000
    driven(scaling, 1, 300, 2000)
    assert scaling.provisioned == 10


def test_years_pass_at_once_when_nobody_asks() -> None:
    scaling = scaling_at(100)
    driven(scaling, 90, 0, 121)

    assert scaling.advance(1e10)
    assert scaling.provisioned == 129
    assert 1e10 < scaling.due_s <= 1e10 + 60
    assert not scaling.advance(5.0)


def test_next_rise_takes_two_minutes_when_an_update_took_long() -> None:
    scaling = scaling_at(100, scaling_takes_s=600.0)
    assert driven(scaling, 90, 0, 121) + driven(scaling, 400, 121, 2000) == [(720.0, 129.0), (1380.0, 572.0)]
