"""Long scenarios first: a run ends no later than the last one that was begun late.

xdist gives each worker a stretch of the collected tests and lets those that are done take from the ends of others, so
what stands at the beginning of a stretch begins at once.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Protocol, TypeVar

# More than some eight seconds each, most of them waiting; by the names of their modules.
LONG = frozenset(
    {
        "test_deposit_unreachable",
        "test_hung_table",
        "test_isolation",
        "test_parked_charge",
        "test_random_aws_faults",
        "test_random_faults",
        "test_random_walks",
        "test_slow_gateway",
        "test_throttled_bookings",
        "test_throttled_too_long",
    }
)


class Named(Protocol):
    """What is dealt: a test, whose id begins with its module's path."""

    @property
    def nodeid(self) -> str: ...


T = TypeVar("T", bound=Named)


def dealt(items: Sequence[T], workers: int) -> list[T]:
    """Return tests in an order in which each worker's stretch begins with long ones; else as they come."""
    long = [item for item in items if is_long(item)]
    others = iter([item for item in items if not is_long(item)])
    order: list[T] = []
    for worker in range(workers):
        first = long[worker::workers]
        stretch = (len(items) - len(order)) // (workers - worker)
        order += [*first, *islice(others, max(0, stretch - len(first)))]
    return [*order, *others]


def is_long(item: Named) -> bool:
    """Tell whether a test is one of a long module."""
    return item.nodeid.partition("::")[0].rpartition("/")[2].removesuffix(".py") in LONG
