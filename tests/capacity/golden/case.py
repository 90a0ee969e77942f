"""A golden case: a documented statement, a table, demand on it, and what must come of it.

Demand is data, so that every implementation of the model runs the same: the sequential one, the vectorised one, the
live edge. Rates are as AWS would see them; a case's `scale` shrinks limits and demand alike.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from typing import NamedTuple

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import POSITIONS, Charge, Place, position_of
from harness.capacity.parameters import Parameters
from harness.capacity.resource import Access
from harness.capacity.shape import TableShape


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind of request at a steady rate; the n-th has the n-th key and sort key, over and over."""

    name: str
    per_s: float  # requests, before the case's scale
    until_s: float
    from_s: float = 0.0
    keys: tuple[str, ...] = ("hot",)
    sorts: tuple[str, ...] = ("",)
    growing: bool = False  # the sort key is the request's number instead
    read_units: float = 0.0
    write_units: float = 0.0
    consistent: bool = True
    index: str = ""  # an index that is written too, under the same key

    def charges(self, number: int) -> tuple[Charge, ...]:
        """Return what the n-th request asks for."""
        key = self.keys[number % len(self.keys)]
        sort = f"{number:012}" if self.growing else self.sorts[number // len(self.keys) % len(self.sorts)]
        place = Place(position_of(key.encode()), sort, f"pk={key}", f"pk={key},sk={sort}")
        charge = Charge("", place, self.read_units, self.write_units, self.consistent)
        return (charge, charge._replace(resource=self.index)) if self.index else (charge,)


class Ask(NamedTuple):
    """One request."""

    at_s: float
    flow: Flow
    number: int


class Answer(NamedTuple):
    """What became of a request: `reason` is AWS's throttling reason, "" when it was admitted."""

    at_s: float
    flow: str
    reason: str


@dataclass(frozen=True, slots=True)
class Expect:
    """Of a flow's requests in a stretch of time, the share that is throttled, and for which reason."""

    flow: str
    from_s: float
    until_s: float
    least: float = 0.0
    most: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GoldenCase:
    """A statement with its source, and what shows it."""

    name: str
    statement: str
    source: str
    shape: TableShape
    flows: tuple[Flow, ...]
    expects: tuple[Expect, ...]
    parameters: Parameters = field(default_factory=lambda: Parameters(scale=0.01))
    scaling: Mapping[tuple[str, Access], ScalingRule] = field(default_factory=dict)

    def asks(self) -> Iterator[Ask]:
        """Yield the requests in order of time."""
        return merge(*(self._asks(flow) for flow in self.flows), key=lambda ask: ask.at_s)

    def _asks(self, flow: Flow) -> Iterator[Ask]:
        rate = flow.per_s * self.parameters.scale
        for number in range(round((flow.until_s - flow.from_s) * rate)):
            yield Ask(flow.from_s + number / rate, flow, number)

    def check(self, answers: Iterable[Answer]) -> None:
        """Fail unless what happened is what was expected."""
        told = list(answers)
        for expect in self.expects:
            seen = [one for one in told if one.flow == expect.flow and expect.from_s <= one.at_s < expect.until_s]
            assert seen, f"{self.name}: no request of {expect.flow} in {expect}"
            share = sum(1 for one in seen if one.reason) / len(seen)
            assert expect.least <= share <= expect.most, f"{self.name}: {share:.3f} were throttled, {expect}"
            assert {one.reason for one in seen if one.reason} <= {expect.reason}, f"{self.name}: {expect}"


def spread_keys(count: int, prefix: str = "key") -> tuple[str, ...]:
    """Return keys that lie evenly on the hash ring, neighbours in time far apart; `count` is a power of two.

    Flows of other sizes want other keys: a write costs what the larger of an item's two versions does.
    """
    bits = count.bit_length() - 1
    slots = [int(f"{slot:0{bits}b}"[::-1], 2) for slot in range(count)]
    found: dict[int, str] = {}
    number = 0
    while len(found) < count:
        key = f"{prefix}-{number}"
        found.setdefault(position_of(key.encode()) * count // POSITIONS, key)
        number += 1
    return tuple(found[slot] for slot in slots)


def keys_within(low: float, high: float, count: int) -> tuple[str, ...]:
    """Return keys that lie in one part of the hash ring (0.0 to 1.0)."""
    numbers = iter(range(1_000_000))
    inside = (f"k{number}" for number in numbers if low <= position_of(b"k%d" % number) / POSITIONS < high)
    return tuple(next(inside) for _ in range(count))
