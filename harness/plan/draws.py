"""Which key a request names: one of a million alike, a few of them mostly, always a new one, always the latest.

Ids are drawn as vectors from a numpy Generator, so that one seed gives one trace. Where a key lies on the hash ring is
a mix of its id's bits: DynamoDB's own hash is internal, and any good uniform one gives the same distribution.
"""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from harness.capacity.vectors.trace import Ids, KeySpace, Positions
from harness.errors import SettingInvalid, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

COUNT_DEFAULT = 100_000
# Keys that are new each time repeat after so many: no two meet within a bucket's second, and memory stays bounded.
RING = 1 << 18
# Positions take 8 bytes a key and shard, and thrice that while they are mixed.
COUNT_MAX = 50_000_000
_GUIDE_MIN = 1 << 16
KINDS = ("uniform", "zipf", "hot", "hot-tenant", "monotonic", "new")
EXAMPLES = "uniform, zipf:1.1, hot:0.3, hot-tenant:0.3, monotonic or new"


@dataclass(frozen=True, slots=True)
class Draw:
    """How a key is drawn: `parameter` is zipf's exponent, or the share of requests that the hot key or tenant gets."""

    kind: str = "uniform"
    parameter: float = 0.0

    @property
    def told(self) -> str:
        """The draw as it is written."""
        return f"{self.kind}:{self.parameter:g}" if self.kind in _DEFAULTS else self.kind


_DEFAULTS = {"zipf": 1.1, "hot": 0.3, "hot-tenant": 0.3}


def read_draw(text: str) -> Draw:
    """Return the draw in a text such as `zipf:1.1`; raises SettingInvalid, in words, for anything else."""
    kind, _, told = text.strip().partition(":")
    if kind not in KINDS:
        raise SettingInvalid(f"keys are drawn {text!r}{did_you_mean(kind, KINDS)}, expected {EXAMPLES}")
    if kind not in _DEFAULTS:
        if told:
            raise SettingInvalid(f"keys are drawn {text!r}, but {kind} has no figure: write {kind}")
        return Draw(kind)
    try:
        parameter = float(told) if told else _DEFAULTS[kind]
    except ValueError:
        parameter = math.nan
    most = 10.0 if kind == "zipf" else 1.0
    if not 0 < parameter <= most:
        raise SettingInvalid(f"keys are drawn {text!r}, expected a number above 0 up to {most:g} after {kind}:")
    return Draw(kind, parameter)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one kind, such as users. `each_operation` draws anew for every operation of a request.

    `main` marks the keys that the command line's --keys means. `tenants` is how many tenants share them.
    """

    name: str
    draw: Draw = Draw()
    count: int = COUNT_DEFAULT
    each_operation: bool = False
    main: bool = False
    tenants: int = 100

    def __post_init__(self) -> None:
        """Raise SettingInvalid for more keys than memory holds."""
        _bounded(self, 1)


class Source(Protocol):
    """Draws ids."""

    def draw(self, count: int) -> Ids:
        """Return so many ids, in the order of arrival."""


def size_of(keys: Keys) -> int:
    """Return how many ids the keys have."""
    return RING if keys.draw.kind in ("new", "monotonic") else keys.count


def _bounded(keys: Keys, shards: int) -> int:
    """Return how many ids there are, all shards of each counted; raises SettingInvalid for more than memory holds."""
    size = size_of(keys) * shards
    if size > COUNT_MAX:
        with_shards = " with their shards" if shards > 1 else ""
        raise SettingInvalid(
            f"keys {keys.name!r} are {size:,}{with_shards}, expected at most {COUNT_MAX:,}",
            remedy="name fewer, with --key-count or `count`: so many are as even as they get",
        )
    return size


def space_of(keys: Keys, name: str = "", shards: int = 1) -> KeySpace:
    """Return the space of the keys; with shards, id × shards + shard is a key's shard, as `user-7#3` is written."""
    size = _bounded(keys, shards) // shards

    def label(one: int) -> str:
        return f"{keys.name}-{one}" if shards == 1 else f"{keys.name}-{one // shards}#{one % shards}"

    if keys.draw.kind == "monotonic":
        ranks = np.repeat((np.arange(size) + 0.5) / size, shards)
        positions = np.tile(mixed(np.arange(shards, dtype=np.uint64)), size)
        return KeySpace(name or keys.name, positions, label, ranks)
    positions = mixed(np.arange(size * shards, dtype=np.uint64) + np.uint64(_salt(keys.name)))
    return KeySpace(name or keys.name, positions, label)


def mixed(ids: Positions) -> Positions:
    """Return ids spread evenly over 64 bits (the finalizer of splitmix64)."""
    spread = (ids + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    spread = (spread ^ (spread >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    spread = (spread ^ (spread >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed_ids: Positions = spread ^ (spread >> np.uint64(31))
    return mixed_ids


def source_of(keys: Keys, random: np.random.Generator, expected: float = 0.0) -> Source:
    """Return what draws ids of the keys; `expected` draws in all place monotonic ones along their collection."""
    makers: dict[str, Callable[[], Source]] = {
        "uniform": lambda: _Uniform(random, keys.count),
        "zipf": lambda: _Zipf(random, keys.count, keys.draw.parameter),
        "hot": lambda: _Hot(random, keys.count, keys.draw.parameter, 1),
        "hot-tenant": lambda: _Hot(random, keys.count, keys.draw.parameter, max(1, keys.count // keys.tenants)),
        "monotonic": lambda: _Latest(expected),
        "new": _New,
    }
    return makers[keys.draw.kind]()


@dataclass(slots=True)
class _Uniform:
    random: np.random.Generator
    count: int

    def draw(self, count: int) -> Ids:
        return self.random.integers(0, self.count, count)


class _Zipf:
    """The key of rank r with a weight of 1 / r ** exponent: the inverse distribution, found through a guide table.

    The guide gives the first id that may fit; most of the weight needs no step beyond it.
    """

    def __init__(self, random: np.random.Generator, count: int, exponent: float) -> None:
        self._random = random
        weights = np.arange(1, count + 1, dtype=np.float64) ** -exponent
        self._below = np.cumsum(weights) / weights.sum()
        self._below[-1] = 1.0
        self._parts = max(_GUIDE_MIN, 2 * count)
        self._guide = np.searchsorted(self._below, np.arange(self._parts) / self._parts, side="right")

    def draw(self, count: int) -> Ids:
        drawn = self._random.random(count)
        ids = self._guide[(drawn * self._parts).astype(np.int64)]
        late = np.flatnonzero(self._below[ids] <= drawn)
        while late.size:
            ids[late] += 1
            late = late[self._below[ids[late]] <= drawn[late]]
        return ids.astype(np.int64, copy=False)


@dataclass(slots=True)
class _Hot:
    """A share of requests goes to the first `hot` keys, the rest to the others, evenly."""

    random: np.random.Generator
    count: int
    share: float
    hot: int

    def draw(self, count: int) -> Ids:
        hot = min(self.hot, self.count)
        ids = self.random.integers(hot, self.count, count) if hot < self.count else np.zeros(count, np.int64)
        chosen = self.random.random(count) < self.share
        ids[chosen] = self.random.integers(0, hot, int(chosen.sum()))
        return ids


@dataclass(slots=True)
class _New:
    """Each key once; they begin again after the ring is through."""

    drawn: int = 0

    def draw(self, count: int) -> Ids:
        ids = (self.drawn + np.arange(count)) % RING
        self.drawn += count
        return ids


@dataclass(slots=True)
class _Latest:
    """Each sort key after the last one, in one collection."""

    expected: float
    drawn: int = 0

    def draw(self, count: int) -> Ids:
        place = (self.drawn + np.arange(count)) * (RING / max(self.expected * 1.1, RING))
        self.drawn += count
        return np.minimum(place.astype(np.int64), RING - 1)


def _salt(name: str) -> int:
    """Return a number by which keys of another name lie elsewhere; far enough apart not to overlap."""
    total = 0
    for letter in name.encode():
        total = (total * 131 + letter) % (1 << 30)
    return total << 32
