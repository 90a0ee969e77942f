"""Partitions over time as rows and columns that fit: what terminal and page both draw.

Rows lie in the order of the hash ring. A partition that splits spans its halves' rows until then. Where there are more
partitions than rows, cold neighbours share one and the hottest keep their own; where there are more steps than columns,
a column shows its hottest step. So nothing that is hot or throttled vanishes by averaging.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from harness.capacity.picture import PartitionHeat, ResourceHeat, SplitSeen
from harness.capacity.shape import Throughput


@dataclass(frozen=True, slots=True)
class Cell:
    """One row during one column. `part` is how full the fullest partition was, 1.0 is all of its cap."""

    part: float
    read: float  # most units a second of any partition of the row
    write: float
    throttled: int  # of all partitions of the row
    partitions: tuple[int, ...]  # numbers of those that lived then


@dataclass(frozen=True, slots=True)
class Row:
    """One partition as it ended, or several cold neighbours. `share` is its part of the drawing's height."""

    partitions: tuple[int, ...]
    low: float
    high: float
    share: float
    collection: str
    alone: bool
    cells: tuple[Cell | None, ...]  # None where no partition of it lived, or nothing is known


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows, all with `columns` cells of `column_s` seconds each."""

    rows: tuple[Row, ...]
    columns: int
    column_s: float
    started_s: float
    partitions: int  # that live in the end


def grid_of(resource: ResourceHeat, started_s: float, step_s: float, *, rows_max: int, columns_max: int) -> Grid:
    """Return a resource's partitions over time in at most `rows_max` (at least 3) rows and `columns_max` columns."""
    ring = _Ring(resource.partitions, resource.splits)
    steps = max([len(one.read) for one in resource.partitions], default=0)
    merged = max(1, -(-steps // columns_max))
    columns = -(-steps // merged)
    groups = _grouped(ring.leaves, resource.partition_cap, ring, max(3, rows_max))
    column_s = step_s * merged
    rows = tuple(_row(group, ring, resource.partition_cap, columns, merged, started_s, step_s) for group in groups)
    return Grid(rows, columns, column_s, started_s, len(ring.leaves))


def part_of_cap(read: float, write: float, cap: Throughput) -> float:
    """Return how full a partition is: reads and writes have a cap each, the fuller one counts."""
    return max(read / cap.read_units if cap.read_units else 0.0, write / cap.write_units if cap.write_units else 0.0)


class _Ring:
    """Which partition came of which. Leaves are those that never split, in the order of the ring."""

    def __init__(self, partitions: Sequence[PartitionHeat], splits: Sequence[SplitSeen]) -> None:
        self.by_number = {one.number: one for one in partitions}
        self.parent_by_number: dict[int, int] = {}
        self._children: dict[int, list[int]] = {}
        for split in splits:
            for number in split.into:
                self._adopt(split.partition, number)
        self._find_parents()
        self.shares: dict[int, float] = {}
        self.leaves: list[int] = []
        roots = [one for one in self.by_number if one not in self.parent_by_number]
        self._lay_out(roots, 1.0)

    def ancestry(self, number: int) -> list[PartitionHeat]:
        """Return a partition and all that it came of, the latest first."""
        line = [self.by_number[number]]
        while (parent := self.parent_by_number.get(line[-1].number)) is not None:
            line.append(self.by_number[parent])
        return line

    def _adopt(self, parent: int, number: int) -> None:
        known = self.by_number.get(parent), self.by_number.get(number)
        if known[0] is None or known[1] is None or number in self.parent_by_number:
            return
        # Older first: no picture, however wrong, makes a partition its own ancestor.
        if (known[0].born_s, parent) < (known[1].born_s, number):
            self.parent_by_number[number] = parent
            self._children.setdefault(parent, []).append(number)

    def _find_parents(self) -> None:
        """Find by time and range what the list of splits, which is bounded, does not tell."""
        ended: dict[float, list[PartitionHeat]] = {}
        for one in self.by_number.values():
            if one.ended_s is not None:
                ended.setdefault(one.ended_s, []).append(one)
        for one in self.by_number.values():
            holders = [
                other for other in ended.get(one.born_s, ()) if other.low <= one.low and one.high <= other.high
            ] if one.number not in self.parent_by_number else []  # fmt: skip
            if holders:
                # A collection's partitions may share one range: the parent is then of the same collection.
                nearest = min(holders, key=lambda other: (other.collection != one.collection, other.high - other.low))
                self._adopt(nearest.number, one.number)

    def _lay_out(self, numbers: Sequence[int], share: float) -> None:
        # A stack instead of recursion: a single item's partition may have split thousands of times.
        waiting = [(number, part) for number, part in reversed(self._shared(numbers, share))]
        while waiting:
            number, part = waiting.pop()
            self.shares[number] = part
            children = self._children.get(number)
            if children:
                waiting += reversed(self._shared(children, part))
            else:
                self.leaves.append(number)

    def _shared(self, numbers: Sequence[int], share: float) -> list[tuple[int, float]]:
        ordered = sorted(numbers, key=lambda number: (self.by_number[number].low, number))
        ranges = [max(self.by_number[number].high - self.by_number[number].low, 0.0) for number in ordered]
        whole = sum(ranges)
        return [
            (number, share * (size / whole if whole else 1 / len(ordered)))
            for number, size in zip(ordered, ranges, strict=True)
        ]


def _grouped(leaves: Sequence[int], cap: Throughput, ring: _Ring, rows_max: int) -> list[list[int]]:
    if len(leaves) <= rows_max:
        return [[number] for number in leaves]
    # Between the hottest n rows lie at most n + 1 runs of others.
    kept = (rows_max - 1) // 2
    hottest = set(sorted(leaves, key=lambda number: _heat(ring.by_number[number], cap), reverse=True)[:kept])
    groups: list[list[int]] = []
    for number in leaves:
        if number in hottest or not groups or groups[-1][0] in hottest:
            groups.append([number])
        else:
            groups[-1].append(number)
    return groups


def _heat(partition: PartitionHeat, cap: Throughput) -> tuple[int, float]:
    peaks = (max(partition.read, default=0.0), max(partition.write, default=0.0))
    return sum(partition.throttled), part_of_cap(peaks[0], peaks[1], cap)


def _row(
    group: Sequence[int], ring: _Ring, cap: Throughput, columns: int, merged: int, started_s: float, step_s: float
) -> Row:
    lived = list({one.number: one for number in group for one in ring.ancestry(number)}.values())
    living: list[list[int]] = [[] for _ in range(columns)]
    for one in lived:
        for column in _columns(one, columns, merged, started_s, step_s):
            living[column].append(one.number)
    leaves = [ring.by_number[number] for number in group]
    alone = leaves[0] if len(leaves) == 1 else None
    return Row(
        partitions=tuple(group),
        low=min(one.low for one in leaves),
        high=max(one.high for one in leaves),
        share=sum(ring.shares[number] for number in group),
        collection=alone.collection if alone else "",
        alone=bool(alone and alone.alone),
        cells=tuple(_cells(lived, living, cap, merged)),
    )


def _columns(partition: PartitionHeat, columns: int, merged: int, started_s: float, step_s: float) -> range:
    """Return the columns in which a partition lived."""
    first = max(0, int((partition.born_s - started_s) // step_s))
    steps = len(partition.read)
    if partition.ended_s is not None:
        steps = min(steps, int(-(-(partition.ended_s - started_s) // step_s)))
    return range(first // merged, min(columns, -(-steps // merged)) if first < steps else 0)


def _cells(
    lived: Sequence[PartitionHeat], living: Sequence[Sequence[int]], cap: Throughput, merged: int
) -> Iterator[Cell | None]:
    # Before its birth and after its end a partition has zeros: the most of all is the most of those that lived.
    read = _each(max, [one.read for one in lived])
    write = _each(max, [one.write for one in lived])
    throttled = _each(lambda *counts: sum(counts), [one.throttled for one in lived])
    for column, numbers in enumerate(living):
        steps = slice(column * merged, (column + 1) * merged)
        if numbers:
            rates = max(read[steps]), max(write[steps])
            yield Cell(part_of_cap(*rates, cap), *rates, int(sum(throttled[steps])), tuple(sorted(numbers)))
        else:
            yield None


def _each(of: Callable[..., float], lists: Sequence[Sequence[float]]) -> Sequence[float]:
    """Return one list, each value made of those at its place in all lists."""
    return list(map(of, *lists)) if len(lists) > 1 else lists[0]
