"""What simulated time is made of: kinds of requests, spaces of keys, and how many came when with which key.

A trace is an iterable of slices, so that no more than one slice needs to be in memory: an hour at 10,000 requests a
second is 36 million, and passes through as 3,600 slices.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from harness.capacity.charge import position_of

Ids = NDArray[np.int64]
Positions = NDArray[np.uint64]
Units = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class KeySpace:
    """The keys that requests may name: `positions[id]` is where a key's partition key lies (see `position_of`).

    Items of one collection have the same position and are told apart by `ranks` (0.0 to 1.0 by sort key, ascending);
    None where each key is a collection of its own. `label(id)` is for people.
    """

    name: str
    positions: Positions
    label: Callable[[int], str] = field(default=str)
    ranks: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.positions)


def key_space(name: str, keys: Sequence[str]) -> KeySpace:
    """Return the space of some partition keys, given as text."""
    positions = np.fromiter((position_of(key.encode()) for key in keys), np.uint64, len(keys))
    return KeySpace(name, positions, keys.__getitem__)


@dataclass(frozen=True, slots=True)
class KindCharge:
    """What each request of a kind asks of a table ("") or one of its indexes; `keys` names the space of its key."""

    table: str
    resource: str
    keys: str
    read_units: float = 0.0
    write_units: float = 0.0
    consistent: bool = True  # False for eventually consistent reads


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of request: all its charges are admitted, or none (a write with its indexes, a transaction)."""

    name: str
    charges: tuple[KindCharge, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Requests of one kind in one slice: for each space of keys that the kind names, an id a request.

    All columns are equally long; the order is that of arrival.
    """

    kind: Kind
    keys: dict[str, Ids]

    def __len__(self) -> int:
        return len(next(iter(self.keys.values())))


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """What arrives in one stretch of time, `length_s` (normally 1 s) from `at_s` on."""

    at_s: float
    groups: tuple[Group, ...]
    length_s: float = 1.0
