"""Long scenarios are begun first, by every worker, and none is lost."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from scenarios.dealing import LONG, dealt, is_long

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Item:
    nodeid: str


def items(short: int, long: int) -> list[Item]:
    name = sorted(LONG)[0]
    return [Item(f"scenarios/a/test_short.py::test_{n}") for n in range(short)] + [
        Item(f"scenarios/b/{name}.py::test_{n}") for n in range(long)
    ]


def stretches(order: list[Item], workers: int) -> list[list[Item]]:
    """Cut tests up as xdist deals them."""
    cut, left = list[list[Item]](), list(order)
    for remaining in range(workers, 0, -1):
        size = len(left) // remaining
        cut.append(left[:size])
        left = left[size:]
    return cut


def test_every_worker_begins_with_long_ones_when_there_are_enough() -> None:
    order = dealt(items(short=195, long=10), 4)

    begun = [[is_long(one) for one in stretch] for stretch in stretches(order, 4)]

    assert [sum(one) for one in begun] == [3, 3, 2, 2]
    assert all(one == sorted(one, reverse=True) for one in begun)


DEALS = [(0, 0, 4), (1, 0, 4), (3, 9, 4), (0, 5, 2), (50, 3, 1), (7, 2, 9)]


@pytest.mark.parametrize(("short", "long", "workers"), DEALS)
def test_nothing_is_lost_when_tests_are_dealt(short: int, long: int, workers: int) -> None:
    some = items(short, long)

    assert sorted(dealt(some, workers), key=lambda one: one.nodeid) == sorted(some, key=lambda one: one.nodeid)


def test_long_modules_are_there() -> None:
    assert {path.stem for path in (ROOT / "scenarios").glob("*/test_*.py")} >= LONG
