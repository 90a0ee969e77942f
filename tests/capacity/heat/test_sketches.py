"""Sketches never miss a heavy key, never estimate too low, and say by how much an estimate may be too high."""

from collections import Counter
from random import Random

import pytest

from harness.capacity.heat.sketches import HeaviestKeys

MONITORED = 20


def counted(stream: list[tuple[str, float]]) -> HeaviestKeys:
    sketch = HeaviestKeys(MONITORED)
    for key, units in stream:
        sketch.add(key, units, 0.0, step=0)
    return sketch


def skewed(seed: int, length: int = 20_000) -> list[tuple[str, float]]:
    draw = Random(seed)  # noqa: S311 - a test's data, to be the same each time
    return [(f"key-{int(draw.paretovariate(0.7))}", draw.choice([0.5, 1.0, 4.0])) for _ in range(length)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_estimates_hold_their_bounds_when_keys_are_many_more_than_monitored(seed: int) -> None:
    stream = skewed(seed)
    true = Counter[str]()
    for key, units in stream:
        true[key] += units  # type: ignore[assignment]
    sketch, whole = counted(stream), sum(true.values())

    assert len(true) > 10 * MONITORED
    assert len(sketch) <= 2 * MONITORED
    assert sketch.floor <= whole / MONITORED
    for key, one in sketch.heaviest(2 * MONITORED):
        assert one.weight - one.overcount <= true[key] + 1e-6
        assert true[key] <= one.weight + 1e-6
        assert one.overcount <= sketch.floor
    assert {key for key, units in true.items() if units > sketch.floor} <= {
        key for key, _ in sketch.heaviest(2 * MONITORED)
    }


def test_hot_key_is_first_and_exact_when_it_comes_before_the_crowd() -> None:
    sketch = counted([("hot", 5.0)] * 100 + [(f"cold-{number}", 1.0) for number in range(10_000)])

    ((key, one),) = sketch.heaviest(1)

    assert (key, one.weight, one.overcount) == ("hot", 500.0, 0.0)


def test_units_and_weight_agree_when_a_key_may_have_been_counted_before() -> None:
    sketch = HeaviestKeys(MONITORED, write_weight=3.0)
    for number in range(10 * MONITORED):
        sketch.add(f"key-{number}", 1.0, 2.0, step=0)
    sketch.add("late", 1.0, 1.0, step=0)

    late = sketch.of("late")

    assert late is not None
    assert late.overcount > 0
    assert late.read_units + 3 * late.write_units == pytest.approx(late.weight)


def test_peak_is_the_heaviest_step_and_free_of_overcount() -> None:
    sketch = HeaviestKeys(MONITORED)
    for step, units in enumerate((3.0, 8.0, 2.0)):
        sketch.add("key", units / 2, 0.0, step)
        sketch.add("key", units / 2, 0.0, step)

    one = sketch.of("key")

    assert one is not None
    assert (one.peak, one.weight) == (8.0, 13.0)


def test_nothing_begins_when_units_of_an_unknown_key_are_given_back() -> None:
    sketch = HeaviestKeys(MONITORED)

    sketch.add("key", -1.0, 0.0, step=0)

    assert len(sketch) == 0
