"""Shapes: where they rise and fall, and that every one stays within its users and ends."""

from dataclasses import replace

import pytest

from loadtests.settings import SHAPES, Settings
from loadtests.shapes import spawn_rate_s, users_at

RUN = Settings(users=100, duration_s=100.0)


def users(shape: str) -> list[int]:
    settings = replace(RUN, shape=shape)
    return [users_at(settings, float(second)) or 0 for second in range(100)]


@pytest.mark.parametrize("shape", SHAPES)
def test_users_stay_within_bounds_and_end_when_time_is_over(shape: str) -> None:
    settings = replace(RUN, shape=shape)

    assert all(1 <= count <= 100 for count in users(shape))
    assert users_at(settings, 100.0) is None
    assert users_at(settings, 1e9) is None


def test_all_users_are_there_from_the_start_when_steady() -> None:
    assert set(users("steady")) == {100}


def test_users_never_fall_when_ramping() -> None:
    seen = users("ramp")

    assert seen == sorted(seen)
    assert seen[0] == 1
    assert seen[45] == pytest.approx(50, abs=1)
    assert seen[-1] == 100


def test_all_users_come_in_the_middle_when_spiking() -> None:
    seen = users("spike")

    assert {seen[0], seen[39], seen[60], seen[99]} == {25}
    assert {seen[40], seen[59]} == {100}


def test_users_stay_for_nearly_all_of_the_run_when_soaking() -> None:
    assert users("soak").count(100) >= 94


def test_everybody_comes_at_once_and_fades_when_the_doors_open() -> None:
    seen = users("launch-day")

    assert (seen[19], seen[20]) == (10, 100)
    assert seen[20:] == sorted(seen[20:], reverse=True)
    assert 40 <= seen[-1] < 45


def test_any_step_takes_about_a_second_when_users_spawn() -> None:
    assert spawn_rate_s(RUN) == 100
    assert spawn_rate_s(replace(RUN, users=1)) == 1
