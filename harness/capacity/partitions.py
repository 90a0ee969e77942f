"""Partitions: ranges of the hash ring with a hard cap each, which split and never merge.

A range begins at a position of the partition key's hash and may begin inside one item collection, at a sort key. How
many there are at birth and when throughput rises follows `needed`; heat and size split further, as `splits` chooses.
Leaves out where partitions live and how long a split takes: it happens at once.
"""

import itertools
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from math import ceil

from harness.capacity.buckets import Bucket
from harness.capacity.charge import POSITIONS, Place
from harness.capacity.parameters import Parameters
from harness.capacity.splits import Cuts, Edge, Sampler, choose
from harness.capacity.state import PartitionState

# Heat is judged ten times in the time that it must last.
_WINDOWS = 10
ENDED_KEPT = 1000

Told = Callable[[float, int, tuple[int, int], str], None]


class Caps:
    """What each partition of a resource may serve: units a second, scaled, and what one unit weighs in its buckets."""

    __slots__ = ("depth_s", "eventual_weight", "read", "read_load", "read_weight", "shared", "write", "write_load")

    def __init__(self, parameters: Parameters) -> None:
        self.read = parameters.partition_read_units * parameters.scale
        self.write = parameters.partition_write_units * parameters.scale
        self.shared = parameters.shared_partition_cap
        self.depth_s = parameters.partition_depth_s
        # With one cap for both, the bucket is in write units, of which a read takes its part.
        self.read_weight = self.write / self.read if self.shared else 1.0
        self.eventual_weight = 1.0 / parameters.eventual_read_factor
        self.read_load = 1.0 / self.read  # seconds of the cap that a unit is worth
        self.write_load = 1.0 / self.write


class Partition:
    """One range with its buckets and its recent load."""

    __slots__ = (
        "alone",
        "born_s",
        "bytes",
        "collection",
        "high",
        "hot_windows",
        "low",
        "number",
        "position",
        "read",
        "read_load",
        "sampler",
        "sort",
        "window_ends_s",
        "write",
        "write_load",
    )  # fmt: skip

    def __init__(self, number: int, low: Edge, high: Edge, born_s: float, read: Bucket, write: Bucket) -> None:
        self.number = number
        self.low, self.high = low, high
        self.position, self.sort = low  # read on every lookup
        self.born_s = born_s
        self.read, self.write = read, write
        self.collection = ""
        self.alone = False
        self.bytes = 0
        self.read_load = self.write_load = 0.0  # in this window, in seconds of the cap
        self.hot_windows = 0
        self.window_ends_s = born_s
        self.sampler: Sampler

    @property
    def width(self) -> float:
        """Its part of the hash ring, 0.0 to 1.0."""
        return (self.high.position - self.low.position) / POSITIONS

    def state(self, ended_s: float | None = None) -> PartitionState:
        """Return it as a plain value."""
        low, high = self.low.position / POSITIONS, self.high.position / POSITIONS
        return PartitionState(self.number, low, high, self.born_s, ended_s, self.collection, self.alone, self.bytes)


class Partitions:
    """All partitions of one table or global index."""

    def __init__(
        self, parameters: Parameters, now_s: float, count: int, told: Told, *, by_sort: bool, has_sort: bool
    ) -> None:
        self.caps = Caps(parameters)
        self.by_sort = by_sort  # whether a collection may be split: not with a local index
        self._has_sort = has_sort
        self._parameters = parameters
        self._told = told
        self._window_s = max(parameters.split_after_s / _WINDOWS, 1e-3)
        self._hot_load = parameters.split_heat * self._window_s
        self._numbers = 0
        self._ended: deque[PartitionState] = deque(maxlen=ENDED_KEPT)
        bounds = [POSITIONS * index // count for index in range(count + 1)]
        self._parts = [self._born(Edge(low), Edge(high), now_s) for low, high in itertools.pairwise(bounds)]
        self._positions = bounds[:-1]

    def __len__(self) -> int:
        return len(self._parts)

    def __iter__(self) -> Iterator[Partition]:
        return iter(self._parts)

    def find(self, place: Place) -> Partition:
        """Return the partition that holds a place."""
        position = place[0]
        index = bisect_right(self._positions, position) - 1
        partition = self._parts[index]
        if partition.sort is None or partition.position != position:
            return partition
        # Several begin inside this collection. What has no sort key (a read of the whole) starts at its beginning.
        sort = place[1]
        while partition.sort is not None and partition.position == position:
            if sort != "" and partition.sort <= (sort, 0):
                break
            index -= 1
            partition = self._parts[index]
        return partition

    def note(self, partition: Partition, place: Place, read_load: float, write_load: float, now_s: float) -> int:
        """Count load in seconds of the partition's cap; what has been hot for long enough splits.

        Return the number of the partition that now holds the place.
        """
        if now_s >= partition.window_ends_s:
            self._close_window(partition, now_s)
            partition = self.find(place)
        partition.read_load += read_load
        partition.write_load += write_load
        sampler = partition.sampler
        sampler.due -= read_load + write_load
        if sampler.due <= 0.0:
            sampler.keep(place)
        return partition.number

    def carry(self, weight: float, now_s: float) -> None:
        """Split until no partition's even share of throughput exceeds its cap; `weight` as `needed` has it."""
        for partition in list(self._parts):
            self._halve_until(partition, weight, now_s)

    def grow(self, place: Place, size: int, now_s: float) -> None:
        """Count bytes more (or fewer) where a place lies; a partition that is full splits."""
        partition = self.find(place)
        partition.bytes = max(partition.bytes + size, 0)
        if partition.bytes >= self._parameters.partition_bytes:
            self._split_for_size(partition, now_s)

    def states(self) -> tuple[PartitionState, ...]:
        """Return the living by their place on the ring, then those that have ended."""
        return (*(partition.state() for partition in self._parts), *self._ended)

    def _born(self, low: Edge, high: Edge, now_s: float, parent: Partition | None = None) -> Partition:
        caps = self.caps
        write = Bucket(caps.write, caps.write * caps.depth_s, now_s, parent.write.level if parent else None)
        read = write
        if not caps.shared:
            read = Bucket(caps.read, caps.read * caps.depth_s, now_s, parent.read.level if parent else None)
        partition = Partition(self._numbers, low, high, now_s, read, write)
        partition.window_ends_s = now_s + self._window_s
        partition.sampler = Sampler(self._parameters.split_after_s)
        self._numbers += 1
        return partition

    def _close_window(self, partition: Partition, now_s: float) -> None:
        load = max(partition.read_load, partition.write_load)
        if self.caps.shared:
            load = partition.read_load + partition.write_load
        late_s = now_s - partition.window_ends_s
        partition.hot_windows = partition.hot_windows + 1 if load > self._hot_load else 0
        if partition.hot_windows >= _WINDOWS:
            self._split_for_heat(partition, now_s)
            partition.hot_windows = 0
        if late_s >= self._window_s:  # a whole window without a request cools it
            partition.hot_windows = 0
        if not partition.hot_windows:
            partition.sampler.clear(self._parameters.split_after_s)
        partition.read_load = partition.write_load = 0.0
        partition.window_ends_s += self._window_s * (1 + late_s // self._window_s)

    def _split_for_heat(self, partition: Partition, now_s: float) -> None:
        if partition.alone:
            return
        cuts = self._choose(partition)
        parts = self._cut(partition, cuts, now_s)
        if cuts.alone is not None:
            alone = self.find(cuts.alone)
            alone.alone, alone.collection = True, cuts.collection
        elif len(parts) == 1:
            partition.collection = cuts.collection

    def _choose(self, partition: Partition) -> Cuts:
        figures = self._parameters
        return choose(
            partition.sampler.places, by_sort=self.by_sort, has_sort=self._has_sort,
            single_item_share=figures.single_item_share, monotonic_share=figures.monotonic_share,
        )  # fmt: skip

    def _split_for_size(self, partition: Partition, now_s: float) -> None:
        middle = Edge((partition.low.position + partition.high.position) // 2)
        if partition.high.position - partition.low.position > 1:
            self._cut(partition, Cuts((middle,), "size"), now_s)
            return
        # One collection: only its load tells where its items are.
        self._cut(partition, self._choose(partition)._replace(why="size", alone=None), now_s)

    def _halve_until(self, partition: Partition, weight: float, now_s: float) -> None:
        # A little more than the cap is rounding, not throughput.
        if partition.width * weight <= 1.0 + 1e-9:
            return
        middle = Edge((partition.low.position + partition.high.position) // 2)
        for part in self._cut(partition, Cuts((middle,), "throughput"), now_s):
            self._halve_until(part, weight, now_s)

    def _cut(self, partition: Partition, cuts: Cuts, now_s: float) -> list[Partition]:
        """Cut at each edge that lies inside; return the parts in their order."""
        parts = [partition]
        for edge in cuts.edges:
            last = parts[-1]
            if _before(last.low, edge) and _before(edge, last.high):
                parts[-1:] = self._cut_in_two(last, edge, cuts, now_s)
        return parts

    def _cut_in_two(self, partition: Partition, edge: Edge, cuts: Cuts, now_s: float) -> list[Partition]:
        index = self._parts.index(partition)
        halves = [
            self._born(partition.low, edge, now_s, partition),
            self._born(edge, partition.high, now_s, partition),
        ]
        halves[0].bytes = partition.bytes // 2
        halves[1].bytes = partition.bytes - halves[0].bytes
        for half in halves:
            half.collection = partition.collection or (cuts.collection if _is_one_collection(half) else "")
        self._parts[index : index + 1] = halves
        self._positions[index : index + 1] = [half.position for half in halves]
        self._ended.append(partition.state(now_s))
        self._told(now_s, partition.number, (halves[0].number, halves[1].number), cuts.why)
        return halves


def needed(read_units: float, write_units: float, parameters: Parameters, *, either: bool) -> float:
    """Return how many partitions some throughput (before any scale) needs, not yet rounded.

    Documented for provisioned tables: reads / 3,000 + writes / 1,000. On demand (`either`) the greater of the two: a
    new table's 12,000 reads or 4,000 writes stand on four partitions (documented: “or a linear combination of both”).
    """
    reads = read_units / parameters.partition_read_units
    writes = write_units / parameters.partition_write_units
    return max(reads, writes) if either else reads + writes


def count_at_birth(weight: float, size_bytes: int, parameters: Parameters) -> int:
    """Return how many partitions a table is born with: for its throughput or for its size, whichever is more."""
    return max(1, ceil(weight - 1e-9), ceil(size_bytes / parameters.partition_bytes))


def _before(one: Edge, other: Edge) -> bool:
    if one.position != other.position:
        return one.position < other.position
    # A collection's beginning lies before any sort key in it.
    return other.sort is not None and (one.sort is None or one.sort < other.sort)


def _is_one_collection(partition: Partition) -> bool:
    low, high = partition.low, partition.high
    return high.position == low.position or (high.position == low.position + 1 and high.sort is None)
