"""What was taken and refused, step by step, in memory that does not grow with time: full histories get coarser.

A history begins with short steps (10 s). When `steps_max` are full, two become one and a step lasts twice as long: an
hour is told in steps of 10 s, a day in steps of 5 minutes. Histories with the same start and step, brought to the same
moment, have the same steps: that is how several tables share one time axis.
"""

from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from math import isnan, nan


@dataclass(frozen=True, slots=True)
class Axis:
    """A time axis: where it begins and how long a step is."""

    started_s: float
    step_s: float
    steps: int

    def present(self, now_s: float) -> tuple[int, float]:
        """Return the step that now is in and how many seconds of it have passed, one at least."""
        step = max(0, int((now_s - self.started_s) / self.step_s))
        passed_s = now_s - self.started_s - step * self.step_s
        return step, min(self.step_s, max(passed_s, 1.0))


@dataclass(slots=True)
class Series:
    """Sums by step; shorter than the axis where nothing happened at its end."""

    read: "array[float]" = field(default_factory=lambda: array("d"))
    write: "array[float]" = field(default_factory=lambda: array("d"))
    throttled: "array[float]" = field(default_factory=lambda: array("d"))

    def reach(self, step: int) -> None:
        """Have room for a step."""
        missing = step + 1 - len(self.read)
        if missing > 0:
            nothing = array("d", bytes(8 * missing))
            self.read.extend(nothing)
            self.write.extend(nothing)
            self.throttled.extend(nothing)

    def halve(self) -> None:
        """Make one step of each two."""
        self.read, self.write, self.throttled = (_pairs(one) for one in (self.read, self.write, self.throttled))


class History:
    """The series of one resource: all of it, each partition, and the burst that was left."""

    def __init__(self, started_s: float, step_s: float, steps_max: int) -> None:
        self._started_s = started_s
        self._steps_max = max(steps_max, 2)
        self._latest_s = started_s
        self._step = 0  # the present one, which begins and ends at:
        self._begins_s = self._ends_s = started_s
        self.step_s = step_s
        self.whole = Series()
        self.partitions: dict[int, Series] = {}
        self._burst_read = array("d")
        self._burst_write = array("d")

    def add(self, now_s: float, partition: int, read_units: float, write_units: float) -> None:
        """Count units of a partition; partition -1 counts for the whole only."""
        if not self._begins_s <= now_s < self._ends_s:
            self._move(now_s)
        step = self._step
        if partition >= 0:
            series = self.partitions.get(partition) or self._partition(partition)
            if len(series.read) <= step:
                series.reach(step)
            series.read[step] += read_units
            series.write[step] += write_units
        self.whole.read[step] += read_units
        self.whole.write[step] += write_units

    def add_throttle(self, now_s: float, partition: int, count: int = 1) -> None:
        """Count refusals."""
        self._move(now_s)
        self.whole.throttled[self._step] += count
        if partition >= 0:
            series = self._partition(partition)
            series.reach(self._step)
            series.throttled[self._step] += count

    def keep_burst(self, now_s: float, read_units: float, write_units: float) -> None:
        """Keep the burst that is left; the last one of a step stays."""
        self._move(now_s)
        step = self._step
        missing = step + 1 - len(self._burst_read)
        if missing > 0:
            unknown = array("d", [nan]) * missing
            self._burst_read.extend(unknown)
            self._burst_write.extend(unknown)
        self._burst_read[step] = read_units
        self._burst_write[step] = write_units

    def axis(self, now_s: float) -> Axis:
        """Return the time axis until now, or until the latest event if the clock went back."""
        self._move(now_s)
        return Axis(self._started_s, self.step_s, int((self._latest_s - self._started_s) / self.step_s) + 1)

    def reach(self, axis: Axis) -> None:
        """Have the steps of another history's axis."""
        self._move(axis.started_s + axis.step_s * (axis.steps - 0.5))

    def burst(self, axis: Axis) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Return the burst of reads and writes at each step's end; empty when it was never told."""
        return _filled(self._burst_read, axis.steps), _filled(self._burst_write, axis.steps)

    def _move(self, now_s: float) -> None:
        """Make a moment's step the present one; the past before the start is step 0."""
        self._latest_s = max(self._latest_s, now_s)
        while now_s - self._started_s >= self._steps_max * self.step_s:
            self._coarsen()
        self._step = max(0, int((now_s - self._started_s) / self.step_s))
        self._begins_s = self._started_s + self._step * self.step_s
        self._ends_s = self._begins_s + self.step_s
        self.whole.reach(self._step)

    def _partition(self, partition: int) -> Series:
        return self.partitions.setdefault(partition, Series())

    def _coarsen(self) -> None:
        self.step_s *= 2
        self.whole.halve()
        for series in self.partitions.values():
            series.halve()
        self._burst_read, self._burst_write = _later(self._burst_read), _later(self._burst_write)


def rates(sums: "array[float]", axis: Axis, now_s: float) -> tuple[float, ...]:
    """Return units a second for each step; what was given back in a later step than taken never shows as negative."""
    step_s = axis.step_s
    told = [round(total / step_s, 3) if total > 0 else 0.0 for total in sums[: axis.steps]]
    present, passed_s = axis.present(now_s)
    if present < len(told):
        told[present] = max(0.0, round(sums[present] / passed_s, 3))
    return tuple(told + [0.0] * (axis.steps - len(told)))


def counts(sums: "array[float]", axis: Axis) -> tuple[int, ...]:
    """Return whole numbers for each step."""
    told = [int(total) for total in sums[: axis.steps]]
    return tuple(told + [0] * (axis.steps - len(told)))


def _pairs(sums: "array[float]") -> "array[float]":
    return _by_two(sums, lambda one, other: one + other)


def _later(levels: "array[float]") -> "array[float]":
    return _by_two(levels, lambda one, other: one if isnan(other) else other)


def _by_two(values: "array[float]", of: Callable[[float, float], float]) -> "array[float]":
    halved = array("d", (of(values[at], values[at + 1]) for at in range(0, len(values) - 1, 2)))
    if len(values) % 2:
        halved.append(values[-1])
    return halved


def _filled(levels: "array[float]", steps: int) -> tuple[float, ...]:
    """Carry each level on until the next is known, and the first one back to the beginning."""
    known = next((level for level in levels if not isnan(level)), None)
    if known is None:
        return ()
    filled = []
    for step in range(steps):
        if step < len(levels) and not isnan(levels[step]):
            known = levels[step]
        filled.append(round(known, 3))
    return tuple(filled)
