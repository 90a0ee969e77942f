"""What is counted while a simulation runs: kinds of requests by step, and heat by partition and key.

Counted like the live edge's heat, and by the same classes; a step's keys are added at once, those only that stand out.
"""

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from harness.capacity.heat.limits import HEAT_OF_A_WRITE, HeatLimits
from harness.capacity.heat.resources import ResourceCounts
from harness.capacity.vectors.lane import Floats, Lane, Load
from harness.capacity.vectors.trace import Ids, KeySpace

NAMED_SHARE = 1 / 2000  # of a step's heat, from which a key is counted by name
SAMPLE = 20_000  # requests of a step in which such keys are looked for: ten of each, on average
THROTTLED_NAMED = 200  # keys of a step that are counted by name when they are refused


@dataclass(slots=True)
class KindTally:
    """One kind of request."""

    name: str
    offered: int = 0
    throttled: int = 0
    read_units: float = 0.0
    write_units: float = 0.0
    offered_by_step: list[int] = field(default_factory=list)
    throttled_by_step: list[int] = field(default_factory=list)

    def count(self, step: int, offered: int, throttled: int) -> None:
        """Count requests of a step."""
        for counts, more in ((self.offered_by_step, offered), (self.throttled_by_step, throttled)):
            counts.extend([0] * (step + 1 - len(counts)))
            counts[step] += more
        self.offered += offered
        self.throttled += throttled


class LaneTally:
    """Heat of one lane."""

    def __init__(self, lane: Lane, started_s: float, step_s: float, steps_max: int) -> None:
        self.lane = lane
        self.step_s = step_s
        self._limits = HeatLimits(step_s=step_s, steps_max=steps_max)
        self.counts = ResourceCounts(started_s, self._limits, None)
        self.allowed: dict[str, list[float]] = {"Read": [], "Write": []}
        self._taken: dict[int, tuple[float, float]] = {}
        self._ids: defaultdict[tuple[str, float, float], list[Ids]] = defaultdict(list)
        self._refused: defaultdict[tuple[str, float], list[Ids]] = defaultdict(list)

    def take(self, numbers: list[int], reads: Floats, writes: Floats, loads: list[Load]) -> None:
        """Count what a slice took of each partition, given by its number."""
        self.counts.read_units += float(reads.sum())
        self.counts.write_units += float(writes.sum())
        for slot in np.flatnonzero((reads != 0.0) | (writes != 0.0)):
            before = self._taken.get(numbers[slot], (0.0, 0.0))
            self._taken[numbers[slot]] = (before[0] + float(reads[slot]), before[1] + float(writes[slot]))
        for load in loads:
            self._ids[load.space, load.read_units, load.write_units].append(load.ids)

    def refuse(self, now_s: float, load: Load, numbers: dict[int, int], access: str, reason: str) -> None:
        """Count refusals of a load: `numbers` tells how many by partition (-1 where the whole refused)."""
        units = load.write_units if access == "Write" else load.read_units
        self.counts.reasons[reason] += len(load.ids)
        self.counts.refuse_units(access, units * len(load.ids))
        self._refused[load.space, units].append(load.ids)
        history = self.counts.history
        for number, count in numbers.items():
            history.add_throttle(now_s, number, count)

    def close_step(self, step: int, at_s: float, ends_s: float, spaces: dict[str, KeySpace]) -> None:
        """Put a step's sums where they belong; `at_s` lies within it."""
        for number, (reads, writes) in self._taken.items():
            self.counts.history.add(at_s, number, reads, writes)
        self._taken.clear()
        state = self.lane.resource.state(ends_s)
        if state.burst is not None:
            self.counts.history.keep_burst(at_s, state.burst.read_units, state.burst.write_units)
        self.allowed["Read"].append(state.allowed.read_units)
        self.allowed["Write"].append(state.allowed.write_units)
        self._close_keys(step, spaces)

    def _close_keys(self, step: int, spaces: dict[str, KeySpace]) -> None:
        by_space: defaultdict[str, list[tuple[float, float, Ids]]] = defaultdict(list)
        for (space, reads, writes), ids in self._ids.items():
            by_space[space].append((reads, writes, np.concatenate(ids)))
        self._ids.clear()
        for name, columns in by_space.items():
            self._close_space(step, spaces[name], columns)
        for (name, units), ids in self._refused.items():
            keys, times = np.unique(np.concatenate(ids), return_counts=True)
            hottest = np.argsort(times)[::-1][:THROTTLED_NAMED]
            for key, count in zip(keys[hottest].tolist(), times[hottest].tolist(), strict=True):
                self.counts.throttled_keys.add(spaces[name].label(key), float(count), count * units, step)
        self._refused.clear()

    def _close_space(self, step: int, space: KeySpace, columns: list[tuple[float, float, Ids]]) -> None:
        suspects = np.unique(np.concatenate([_suspects(ids) for _, _, ids in columns]))
        number = np.zeros(len(space), np.int32)
        number[suspects] = np.arange(1, len(suspects) + 1)
        reads, writes = np.zeros(len(suspects) + 1), np.zeros(len(suspects) + 1)
        for read_units, write_units, ids in columns:
            counts = np.bincount(number[ids], minlength=len(reads))
            reads += counts * read_units
            writes += counts * write_units
        heats = reads + HEAT_OF_A_WRITE * writes
        heat = float(heats.sum())
        for at in np.flatnonzero(heats[1:] >= max(heat * NAMED_SHARE, 1e-9)) + 1:
            self.counts.keys.add(space.label(int(suspects[at - 1])), float(reads[at]), float(writes[at]), step)


def _suspects(ids: Ids) -> Ids:
    """Return the keys that may have NAMED_SHARE of these requests, found in a sample of them.

    Counting each of a million keys in each step would take most of a simulation's time.
    """
    if len(ids) <= SAMPLE:
        return np.unique(ids)
    at = ((np.arange(SAMPLE) + 0.5) * (len(ids) / SAMPLE)).astype(np.int64)
    keys, times = np.unique(ids[at], return_counts=True)
    return keys[times >= SAMPLE * NAMED_SHARE / 4]
