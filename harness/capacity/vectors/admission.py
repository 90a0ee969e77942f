"""Who of a slice is admitted: the sequential rule, request after request, for thousands at once.

The rule: a bucket admits while its level is above 0, and all of a request's buckets must admit. Within a slice nothing
is refilled, so each bucket admits up to a moment and nobody after it. Buckets hold each other up (who is refused by one
takes nothing from the others), so moments are found again until they stay.

Left out: refill within a slice. Over seconds it makes no difference; the first second of an idle bucket may.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.capacity.charge import Cause

Mask = NDArray[np.bool_]
Slots = NDArray[np.int32]
Levels = NDArray[np.float64]

GOLDEN = 0.6180339887498949  # fractions of its multiples fall evenly, never twice alike
ROUNDS_MAX = 6  # of mutual refusals; more than two levels of buckets don't depend on each other


@dataclass(slots=True, eq=False)
class Share:
    """What the requests of one group ask of a limit: `units` each, in the slots of a partitioned one."""

    group: int
    units: float
    slots: Slots | None = None


@dataclass(slots=True, eq=False)
class Bound:
    """One bucket (a level) or the partitions of a resource (a level a slot), for reads or for writes."""

    table: str
    resource: str
    access: str  # "Read" or "Write"
    cause: Cause
    level: float | Levels
    shares: list[Share]

    def is_short(self, sizes: Sequence[int]) -> bool:
        """Tell whether it may refuse anybody, given how many requests each group has."""
        if isinstance(self.level, np.ndarray):
            return bool(np.any(self.demand(self.level) > self.level))
        return sum(share.units * sizes[share.group] for share in self.shares) > self.level

    def demand(self, levels: Levels) -> NDArray[np.float64]:
        """Return the units that are asked of each of so many slots."""
        total = np.zeros(len(levels))
        for share in self.shares:
            assert share.slots is not None  # noqa: S101 -- partitions are asked by slot
            total += np.bincount(share.slots, minlength=len(levels)) * share.units
        return total


@dataclass(slots=True, eq=False)
class Refused:
    """Of one group: who was refused, and by which limit (its index) first."""

    mask: Mask
    by: NDArray[np.int16]


def refused(sizes: Sequence[int], limits: Sequence[Bound], phase: float = 0.5) -> list[Refused | None]:
    """Return for each group (of so many requests) who was refused, None where all pass.

    Requests of a group arrive evenly over the slice, in their order, the first after `phase` of their distance (0.0 to
    1.0; to differ from slice to slice, or a group of one would always be early or late). `limits` are asked in their
    order: a request that several refuse is told the first.
    """
    short = [index for index, limit in enumerate(limits) if limit.is_short(sizes)]
    if not short:
        return [None] * len(sizes)
    members = [_Members(limits[index], sizes, phase) for index in short]
    no = [{share.group: np.zeros(sizes[share.group], np.bool_) for share in one.limit.shares} for one in members]
    for _ in range(ROUNDS_MAX):
        changed = False
        for at, one in enumerate(members):
            others = [no[other] for other in range(len(members)) if other != at]
            found = one.refuse(others)
            changed |= any(not np.array_equal(found[group], no[at][group]) for group in found)
            no[at] = found
        if not changed or len(members) == 1:
            break
    return [_told(group, sizes[group], no, short) for group in range(len(sizes))]


def _told(group: int, size: int, no: Sequence[dict[int, Mask]], short: Sequence[int]) -> Refused | None:
    by = np.full(size, -1, np.int16)
    for index, masks in zip(reversed(short), reversed(no), strict=True):
        if group in masks:
            by[masks[group]] = index
    mask = by >= 0
    return Refused(mask, by) if mask.any() else None


def _arrivals(size: int, phase: float) -> NDArray[np.float64]:
    return (np.arange(size) + phase) / size


class _Members:
    """The requests that ask something of one limit, in the order of their arrival."""

    def __init__(self, limit: Bound, sizes: Sequence[int], phase: float) -> None:
        self.limit = limit
        self._sizes = sizes
        groups = [share.group for share in limit.shares]
        group = np.concatenate([np.full(sizes[one], one, np.int32) for one in groups])
        index = np.concatenate([np.arange(sizes[one], dtype=np.int64) for one in groups])
        self._units = np.concatenate([np.full(sizes[share.group], share.units) for share in limit.shares])
        arrives = np.concatenate([_arrivals(sizes[one], (phase + one * GOLDEN) % 1.0) for one in groups])
        if isinstance(limit.level, np.ndarray):
            slots = np.concatenate([share.slots for share in limit.shares if share.slots is not None])
            tight = limit.demand(limit.level) > limit.level
            kept = np.flatnonzero(tight[slots])  # elsewhere nobody can be refused
            order = kept[np.lexsort((arrives[kept], slots[kept]))]
            self._slots: Slots | None = slots[order]
            starts = np.flatnonzero(np.r_[True, self._slots[1:] != self._slots[:-1]])
            self._starts, self._lengths = starts, np.diff(np.r_[starts, len(order)])
            self._levels: Levels | float = limit.level[self._slots]
        else:
            order = np.argsort(arrives, kind="stable") if len(groups) > 1 else np.arange(len(arrives))
            self._slots, self._levels = None, limit.level
        self._units = self._units[order]
        group, index = group[order], index[order]
        # Of each group: where its requests stand here, and which of its requests they are.
        self._members = [
            (one, at, index[at]) for one in dict.fromkeys(groups) for at in (np.flatnonzero(group == one),) if len(at)
        ]

    def refuse(self, others: Sequence[dict[int, Mask]]) -> dict[int, Mask]:
        """Return who is refused here, when who is refused by others takes nothing."""
        takes = self._units.copy()
        for masks in others:
            for group, here, index in self._members:
                if group in masks:
                    takes[here] *= ~masks[group][index]
        before = np.cumsum(takes) - takes
        if self._slots is not None:
            before -= np.repeat(before[self._starts], self._lengths)
        no = before >= self._levels
        found = {share.group: np.zeros(self._sizes[share.group], np.bool_) for share in self.limit.shares}
        for group, here, index in self._members:
            found[group][index] |= no[here]
        return found
