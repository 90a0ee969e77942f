"""The heaviest of countless keys in bounded memory: Space-Saving, pruned in batches, with a known overcount.

A plain counter per key grows with the keys; a busy table has millions. A sketch keeps at most `2 × monitored` of them
and drops the lightest half when it is full. A key that comes (back) begins at the heaviest weight that was ever
dropped, because it may have been counted that far before: so an estimate is never too low, and too high by at most its
`overcount`. That is at most (all weight) / monitored: 0.2 % of it with 500. Keys heavier than this are never missed.
Source of the idea: Metwally, Agrawal, El Abbadi, "Efficient computation of frequent and top-k elements", 2005; pruning
half at once keeps its bound, for each prune drops as many floors as were added since the one before.
Leaves out: forgetting; a sketch counts from its beginning.
"""

from itertools import islice


class Counted:
    """What one key is estimated to have taken; `weight` is in whatever its sketch counts."""

    __slots__ = ("earlier_peak", "overcount", "read_units", "step", "step_weight", "weight", "write_units")

    def __init__(self, weight: float, overcount: float, read_units: float, write_units: float, step: int) -> None:
        self.weight = weight + overcount
        self.overcount = overcount
        # What may have been before is told as units of the kind that came now, so that units and weight agree.
        stretch = self.weight / weight
        self.read_units = read_units * stretch
        self.write_units = write_units * stretch
        self.step = step
        self.step_weight = weight
        self.earlier_peak = 0.0

    @property
    def peak(self) -> float:
        """The most weight in one step, without any overcount."""
        return max(self.earlier_peak, self.step_weight)


class HeaviestKeys:
    """Counts weights by key."""

    __slots__ = ("_counted", "_full", "_monitored", "_write_weight", "floor")

    def __init__(self, monitored: int, write_weight: float = 1.0) -> None:
        """Monitor at least this many keys; a write unit weighs `write_weight`, a read unit 1."""
        self._monitored = monitored
        self._full = 2 * monitored
        self._write_weight = write_weight
        self._counted: dict[str, Counted] = {}
        self.floor = 0.0  # the heaviest weight that was dropped: what a key that is not monitored has at most

    def __len__(self) -> int:
        return len(self._counted)

    def add(self, key: str, read_units: float, write_units: float, step: int) -> None:
        """Count units for a key; negative ones take away, from keys that are monitored."""
        weight = self._write_weight * write_units + read_units
        counted = self._counted.get(key)
        if counted is None:
            if weight > 0:  # what is not monitored has at most `floor`, and less after giving back
                self._begin(key, Counted(weight, self.floor, read_units, write_units, step))
            return
        counted.weight += weight
        counted.read_units += read_units
        counted.write_units += write_units
        if counted.step == step:
            counted.step_weight += weight
        else:
            counted.earlier_peak = max(counted.earlier_peak, counted.step_weight)
            counted.step = step
            counted.step_weight = weight

    def _begin(self, key: str, counted: Counted) -> None:
        self._counted[key] = counted
        if len(self._counted) > self._full:
            self._prune()

    def _prune(self) -> None:
        weights = sorted([one.weight for one in self._counted.values()])
        floor = self.floor = max(self.floor, weights[-self._monitored - 1])
        kept = {key: one for key, one in self._counted.items() if one.weight > floor}
        as_heavy = ((key, one) for key, one in self._counted.items() if one.weight == floor)
        kept.update(islice(as_heavy, self._monitored - len(kept)))
        self._counted = kept

    def of(self, key: str) -> Counted | None:
        """Return what is known of one key, None when it is not monitored."""
        return self._counted.get(key)

    def heaviest(self, count: int) -> list[tuple[str, Counted]]:
        """Return the heaviest keys, heaviest first; those of equal weight by name."""
        return sorted(self._counted.items(), key=lambda entry: (-entry[1].weight, entry[0]))[:count]
