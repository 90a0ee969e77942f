"""A bucket gives no more than what refills and what it held, whatever is asked of it and however time goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.capacity.buckets import Bucket

RATES = st.floats(0, 1e5)
STEPS = st.lists(st.tuples(st.floats(-100, 1e6), st.floats(0, 5000)), max_size=60)


@given(rate=RATES, depth_s=st.floats(0.1, 300), steps=STEPS)
def test_bucket_gives_what_refills_and_held_when_asked_for_anything(
    rate: float, depth_s: float, steps: list[tuple[float, float]]
) -> None:
    bucket = Bucket(rate, rate * depth_s, 0.0)
    now_s = latest_s = taken = largest = 0.0
    for step_s, units in steps:
        now_s += step_s
        latest_s = max(latest_s, now_s)
        if bucket.admits(now_s):
            bucket.take(units)
            taken += units
            largest = max(largest, units)

    # One request may go beyond what is left: that is its debt.
    assert taken <= (rate * (depth_s + latest_s) + largest) * (1 + 1e-9) + 1e-6
    assert bucket.level <= bucket.depth
    assert bucket.at_s == latest_s


@given(rate=st.floats(1, 1000), asked=st.lists(st.floats(0, 3), max_size=50))
def test_nothing_is_lost_when_the_bucket_is_never_full(rate: float, asked: list[float]) -> None:
    bucket = Bucket(rate, rate * 1e6, 0.0, level=rate)
    for second, units in enumerate(asked, 1):
        bucket.spend(units * rate, float(second))

    assert bucket.level == pytest.approx(rate + rate * len(asked) - rate * sum(asked), abs=1e-6 * rate)


def test_debt_must_be_paid_when_a_request_cost_more_than_was_left() -> None:
    bucket = Bucket(10, 10, 0.0)

    assert bucket.admits(0.0)
    bucket.take(35)

    assert bucket.level == -25
    assert bucket.seconds_until_admits(0.0) == 2.5
    assert not bucket.admits(2.5)
    assert bucket.admits(2.6)


def test_nothing_is_ever_admitted_when_nothing_refills() -> None:
    bucket = Bucket(0, 0, 0.0)

    assert not bucket.admits(1e9)
    assert bucket.seconds_until_admits(1e9) == float("inf")


def test_units_given_back_are_no_more_than_the_room_when_the_bucket_is_nearly_full() -> None:
    bucket = Bucket(10, 100, 0.0, level=95)

    bucket.take(-20)

    assert bucket.level == 100


@pytest.mark.parametrize(("depth", "left"), [(50, 50), (500, 80)])
def test_savings_stay_as_far_as_there_is_room_when_a_bucket_is_resized(depth: float, left: float) -> None:
    bucket = Bucket(10, 100, 0.0, level=80)

    bucket.resize(20, depth, 0.0)

    assert (bucket.level, bucket.rate) == (left, 20)
