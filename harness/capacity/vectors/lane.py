"""One table or index in a simulation: the model's own resource, and arrays beside it for whole slices.

Buckets, partitions, splits, growth and auto scaling are those of the live model (`harness.capacity.resource`); what is
an array here is only where keys live and what a slice asks of each partition. A partition is a slot: its place in the
resource's list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Place
from harness.capacity.limits import Limit
from harness.capacity.parameters import Parameters
from harness.capacity.partitions import Partition, Told
from harness.capacity.resource import Access, Resource
from harness.capacity.shape import IndexShape, TableShape
from harness.capacity.splits import SAMPLES
from harness.capacity.vectors.admission import GOLDEN, Slots
from harness.capacity.vectors.trace import Ids, KeySpace

Floats = NDArray[np.float64]
_NOTES_MAX = 32  # samples that a partition gives in a slice for the choice of a split
_LOOKS, _SEEN_MAX = 4, 4096  # requests of a slice that are looked at for samples: by sample wanted, and at most


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """What one column of keys brings to a lane in a slice: so many units each."""

    space: str
    ids: Ids
    slots: Slots
    read_units: float
    write_units: float
    consistent: bool

    def of(self, mask: NDArray[np.bool_]) -> "Load":
        """Return the load of some of its requests."""
        return Load(self.space, self.ids[mask], self.slots[mask], self.read_units, self.write_units, self.consistent)


class Lane:
    """A table ("") or global index, stepped a slice at a time."""

    def __init__(
        self,
        shape: TableShape,
        index: IndexShape | None,
        parameters: Parameters,
        now_s: float,
        told: Told,
        account: AccountCapacity,
        rules: Mapping[Access, ScalingRule],
    ) -> None:
        self.table = shape.name
        self.shape = shape
        self.resource = Resource(shape, index, parameters, now_s, told, account, rules)
        self.name = self.resource.name
        self.partitions = self.resource.partitions
        self._warm = parameters.split_heat / 2
        self._notes_a_load = SAMPLES / max(parameters.split_after_s, 1e-3)
        self._slots: dict[str, Slots] = {}
        self._version = 0
        self._phase = 0.5

    def limit(self, access: Access) -> Limit:
        """Return the bucket of the whole."""
        return self.resource.read if access == "Read" else self.resource.write

    def advance(self, now_s: float) -> None:
        """Refill everything up to a time; growth and auto scaling that are due happen."""
        self.resource.advance(now_s)
        for limit in (self.resource.read, self.resource.write):
            limit.bucket.advance(now_s)
        for partition in self.partitions:
            partition.write.advance(now_s)
            partition.read.advance(now_s)

    def levels(self, access: Access, length_s: float) -> Floats:
        """Return what each partition can give in so many seconds, in the units of charges."""
        caps = self.resource.partitions.caps
        if access == "Write":
            return np.array([partition.write.level + partition.write.rate * length_s for partition in self.partitions])
        given = [partition.read.level + partition.read.rate * length_s for partition in self.partitions]
        return np.array(given) / caps.read_weight

    def slots(self, space: KeySpace) -> Slots:
        """Return the slot of each key of a space; found again after a split."""
        if self._version != len(self.partitions):
            self._slots.clear()
            self._version = len(self.partitions)
        known = self._slots.get(space.name)
        if known is None:
            known = self._slots[space.name] = slots_of(list(self.partitions), space)
        return known

    def take(
        self, loads: Sequence[Load], spaces: Mapping[str, KeySpace], now_s: float, length_s: float
    ) -> tuple[Floats, Floats]:
        """Take what was admitted; return read and write units by slot, as they were before any split."""
        parts = list(self.partitions)
        reads, writes, weighed = (np.zeros(len(parts)) for _ in range(3))
        caps = self.resource.partitions.caps
        for load in loads:
            counts = np.bincount(load.slots, minlength=len(parts))
            if load.write_units:
                writes += counts * load.write_units
            if load.read_units:
                reads += counts * load.read_units
                weighed += counts * (load.read_units * (1.0 if load.consistent else caps.eventual_weight))
        self._spend(self.resource.write, float(writes.sum()), now_s)
        self._spend(self.resource.read, float(reads.sum()), now_s)
        caps = self.resource.partitions.caps
        notes = np.ceil((weighed * caps.read_load + writes * caps.write_load) * self._notes_a_load)
        warm = np.maximum(weighed * caps.read_load, writes * caps.write_load) > self._warm * length_s
        wanted = np.where(warm, np.minimum(notes, _NOTES_MAX), 0).astype(np.int64)
        places = self._places(loads, spaces, wanted) if warm.any() else {}
        for slot in np.flatnonzero((writes != 0.0) | (reads != 0.0)).tolist():
            self._charge(parts[slot], float(weighed[slot]), float(writes[slot]), places.get(slot, []), now_s)
        return reads, writes

    @staticmethod
    def _spend(limit: Limit, units: float, now_s: float) -> None:
        if units:
            limit.units += units
            limit.bucket.spend(units, now_s)
            if limit.account is not None:
                limit.account.spend(units, now_s)

    def _charge(self, partition: Partition, reads: float, writes: float, places: list[Place], now_s: float) -> None:
        caps = self.resource.partitions.caps
        if writes:
            partition.write.spend(writes, now_s)
        if reads:
            partition.read.spend(reads * caps.read_weight, now_s)
        # As many notes as the requests would have left samples, had each been noted by itself.
        told = places or [Place(partition.position)]
        read_load, write_load = reads * caps.read_load / len(told), writes * caps.write_load / len(told)
        for place in told:
            self.partitions.note(partition, place, read_load, write_load, now_s)

    def _places(
        self, loads: Sequence[Load], spaces: Mapping[str, KeySpace], wanted: NDArray[np.int64]
    ) -> dict[int, list[Place]]:
        """Return up to so many places by slot, of requests at even distances, more of those that bring more load."""
        caps = self.resource.partitions.caps
        weights = [
            len(load.ids) * (load.write_units * caps.write_load + load.read_units * caps.read_load) for load in loads
        ]
        # Slots are found by chance: with this many looks, hardly any stays without its places.
        seen, whole = min(_SEEN_MAX, _LOOKS * max(int(wanted.max()) * len(wanted), 16)), sum(weights)
        enough = wanted.tolist()
        self._phase = (self._phase + GOLDEN) % 1.0
        found: dict[int, list[Place]] = {}
        for load, weight in zip(loads, weights, strict=True):
            count = min(ceil(seen * weight / whole), len(load.ids)) if whole > 0.0 else 0
            if not count:
                continue
            at = ((np.arange(count) + self._phase) * (len(load.ids) / count)).astype(np.int64)
            at = at[wanted[load.slots[at]] > 0]
            space = spaces[load.space]
            for slot, key in zip(load.slots[at].tolist(), load.ids[at].tolist(), strict=True):
                places = found.setdefault(slot, [])
                if len(places) < enough[slot]:
                    places.append(place_of_key(space, key))
        return found


def place_of_key(space: KeySpace, key: int) -> Place:
    """Return where a key of a space lives."""
    sort = float(space.ranks[key]) if space.ranks is not None else ""
    return Place(int(space.positions[key]), sort, space.label(key))


def slots_of(parts: Sequence[Partition], space: KeySpace) -> Slots:
    """Return the slot of each key: the last partition that begins at or before it."""
    positions = np.array([partition.position for partition in parts], np.uint64)
    slots = (np.searchsorted(positions, space.positions, side="right") - 1).astype(np.int32)
    cut = {partition.position for partition in parts if partition.sort is not None}
    for position in cut:
        _within(parts, space, position, slots)
    return slots


def _within(parts: Sequence[Partition], space: KeySpace, position: int, slots: Slots) -> None:
    """Place the keys of one collection that is cut by sort key; without one, at its beginning."""
    members = np.flatnonzero(space.positions == np.uint64(position))
    edges = [slot for slot, part in enumerate(parts) if part.position == position and part.sort is not None]
    first = edges[0] - 1
    if space.ranks is None:
        slots[members] = first
        return
    begins = [_rank(parts[slot]) for slot in edges]
    slots[members] = first + np.searchsorted(begins, space.ranks[members], side="right").astype(np.int32)


def _rank(partition: Partition) -> float:
    """Return the first rank of a partition that begins inside a collection."""
    assert partition.sort is not None  # noqa: S101 -- chosen so
    rank, just_after = partition.sort
    return float(np.nextafter(rank, np.inf)) if just_after else float(rank)
