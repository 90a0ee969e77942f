"""Histories keep every unit while they get coarser, and tell several tables on one axis."""

import pytest

from harness.capacity.heat.history import History, counts, rates

STARTED_S = 1_000.0


def history(steps_max: int = 6) -> History:
    return History(STARTED_S, step_s=10.0, steps_max=steps_max)


def test_rates_are_units_a_second_when_steps_are_over() -> None:
    one = history()
    one.add(1_000.0, 0, 50.0, 0.0)
    one.add(1_019.9, 0, 0.0, 20.0)
    axis = one.axis(1_025.0)

    assert (axis.step_s, axis.steps) == (10.0, 3)
    assert rates(one.whole.read, axis, 1_025.0) == (5.0, 0.0, 0.0)
    assert rates(one.partitions[0].write, axis, 1_025.0) == (0.0, 2.0, 0.0)


def test_present_step_is_told_by_the_time_that_it_has_lasted() -> None:
    one = history()
    one.add(1_010.0, 0, 12.0, 0.0)

    assert rates(one.whole.read, one.axis(1_014.0), 1_014.0) == (0.0, 3.0)
    assert rates(one.whole.read, one.axis(1_010.0), 1_010.0) == (0.0, 12.0)  # a second at least


@pytest.mark.parametrize("until_s", [1_059.0, 1_060.0, 1_500.0, 20_000.0])
def test_every_unit_is_kept_when_steps_double(until_s: float) -> None:
    one = history()
    for second in range(55):
        one.add(STARTED_S + second, second % 3, 1.0, 2.0)
        one.add_throttle(STARTED_S + second, 1)
    axis = one.axis(until_s)

    assert axis.steps <= 6
    assert axis.steps == int((until_s - STARTED_S) / axis.step_s) + 1
    assert sum(one.whole.read) == 55.0
    assert sum(sum(series.write) for series in one.partitions.values()) == 110.0
    assert sum(counts(one.partitions[1].throttled, axis)) == 55


def test_memory_is_bounded_when_the_clock_leaps_a_year() -> None:
    one = history(steps_max=360)
    one.add(STARTED_S, 0, 1.0, 0.0)
    one.add(STARTED_S + 365 * 86_400, 0, 1.0, 0.0)

    assert len(one.whole.read) <= 360
    assert sum(one.whole.read) == 2.0


def test_axis_reaches_the_latest_event_when_the_clock_goes_back() -> None:
    one = history()
    one.add(1_035.0, 0, 1.0, 0.0)
    one.add(990.0, 0, 1.0, 0.0)  # before the start: the first step

    axis = one.axis(1_001.0)

    assert axis.steps == 4
    assert [round(units) for units in one.whole.read] == [1, 0, 0, 1]


def test_throttle_that_no_partition_made_counts_for_the_whole_only() -> None:
    one = history()
    one.add_throttle(1_001.0, -1)

    assert counts(one.whole.throttled, one.axis(1_001.0)) == (1,)
    assert one.partitions == {}


def test_burst_is_carried_on_between_the_times_it_was_told() -> None:
    one = history()
    one.keep_burst(1_010.0, 300.0, 30.0)
    one.keep_burst(1_012.0, 200.0, 20.0)
    one.keep_burst(1_035.0, 100.0, 10.0)

    read, write = one.burst(one.axis(1_045.0))

    assert read == (200.0, 200.0, 200.0, 100.0, 100.0)
    assert write == (20.0, 20.0, 20.0, 10.0, 10.0)


def test_burst_is_empty_when_it_was_never_told() -> None:
    one = history()

    assert one.burst(one.axis(1_045.0)) == ((), ())
