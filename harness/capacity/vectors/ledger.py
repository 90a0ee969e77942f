"""What has happened in a simulation so far, and the outcome that it makes."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.capacity.charge import Cause, Refusal
from harness.capacity.heat.history import Axis
from harness.capacity.limits import OnDemandLimit
from harness.capacity.picture import HeatPicture, ResourceHeat, SplitSeen, TableHeat
from harness.capacity.resource import Access
from harness.capacity.vectors.admission import Bound
from harness.capacity.vectors.lane import Lane, Load
from harness.capacity.vectors.outcome import Change, FirstThrottle, KindOutcome, Outcome
from harness.capacity.vectors.tally import KindTally, LaneTally
from harness.capacity.vectors.trace import KeySpace, Kind

ACCESSES: tuple[Access, ...] = ("Write", "Read")
STEPS_MAX = 720
LaneKey = tuple[str, str]  # a table and "" or the name of its index


class Ledger:
    """Counts by step, from `started_s` on, `step_s` each."""

    def __init__(self, spaces: dict[str, KeySpace], started_s: float, step_s: float) -> None:
        self.step = 0
        self.tallies: dict[LaneKey, LaneTally] = {}
        self._spaces = spaces
        self._started_s = self._ends_s = started_s
        self._step_s = step_s
        self._kinds: dict[str, KindTally] = {}
        self._changes: list[Change] = []
        self._first: dict[tuple[str, str, str], FirstThrottle] = {}
        self._rates: dict[tuple[str, str, Access], float] = {}

    def open(self, lane: Lane) -> None:
        """Count a lane from now on."""
        key = (lane.table, lane.name)
        self.tallies[key] = LaneTally(lane, self._started_s, self._step_s, STEPS_MAX)
        for access in ACCESSES:
            self._rates[*key, access] = lane.limit(access).provisioned

    def kind(self, kind: Kind) -> KindTally:
        """Return what is counted of one kind of request."""
        return self._kinds.setdefault(kind.name, KindTally(kind.name))

    def split(self, key: LaneKey, now_s: float, partition: int, into: tuple[int, int], why: str) -> None:
        """Keep that a partition became two."""
        self.tallies[key].counts.splits.append(SplitSeen(now_s, partition, into, why))
        self._changes.append(Change(now_s, *key, f"partition {partition} splits for {why}"))

    def note_rates(self, lane: Lane, now_s: float) -> None:
        """Keep what growth and auto scaling have changed."""
        for access in ACCESSES:
            limit, key = lane.limit(access), (lane.table, lane.name, access)
            if limit.provisioned != self._rates[key]:
                what = "on demand grows" if isinstance(limit, OnDemandLimit) else "auto scaling provisions"
                before, self._rates[key] = self._rates[key], limit.provisioned
                told = f"{what} {access.lower()}s"
                self._changes.append(Change(now_s, lane.table, lane.name, told, before, limit.provisioned))

    def refuse(self, key: LaneKey, limit: Bound, load: Load, now_s: float) -> None:
        """Count a load of requests that a limit refused, where they would have been paid."""
        access: Access = "Write" if limit.access == "Write" else "Read"
        reason = Refusal(key[1], access, limit.cause).reason
        numbers = {-1: len(load.ids)}
        if limit.cause is Cause.KEY_RANGE:
            parts = list(self.tallies[key].lane.partitions)
            slots, counts = np.unique(load.slots, return_counts=True)
            numbers = {parts[slot].number: count for slot, count in zip(slots.tolist(), counts.tolist(), strict=True)}
        self.tallies[key].refuse(now_s, load, numbers, access, reason)
        if (*key, reason) not in self._first:
            first = self._spaces[load.space].label(int(load.ids[0]))
            self._first[*key, reason] = FirstThrottle(now_s, *key, reason, first)

    def reach(self, now_s: float) -> None:
        """Close the steps that ended before a moment."""
        while now_s >= self._started_s + (self.step + 1) * self._step_s:
            self._close(self._started_s + (self.step + 1) * self._step_s)
            self.step += 1

    def end(self, ends_s: float) -> None:
        """Tell how far it has come."""
        self._ends_s = ends_s

    def outcome(self, shapes: Sequence[tuple[str, TableHeat]], scale: float, top: int) -> Outcome:
        """Return what came of it; `shapes` are the tables, still without their resources."""
        if self._ends_s > self._started_s + self.step * self._step_s:
            self._close(self._ends_s)
        else:
            self.step = max(0, self.step - 1)
        return Outcome(
            picture=self._picture(shapes, scale, top),
            kinds=tuple(self._told_kind(kind) for kind in self._kinds.values()),
            changes=tuple(sorted(self._changes, key=lambda change: change.at_s)),
            first_throttles=tuple(sorted(self._first.values(), key=lambda first: first.at_s)),
            allowed_read={key: tuple(tally.allowed["Read"]) for key, tally in self.tallies.items()},
            allowed_write={key: tuple(tally.allowed["Write"]) for key, tally in self.tallies.items()},
        )

    def _close(self, ends_s: float) -> None:
        middle_s = self._started_s + (self.step + 0.5) * self._step_s
        for tally in self.tallies.values():
            tally.close_step(self.step, middle_s, ends_s, self._spaces)

    def _picture(self, tables: Sequence[tuple[str, TableHeat]], scale: float, top: int) -> HeatPicture:
        latest_s = max(self._started_s, self._ends_s - 1e-6)
        axes = [tally.counts.history.axis(latest_s) for tally in self.tallies.values()]
        axis = max(axes, key=lambda one: one.step_s, default=Axis(self._started_s, self._step_s, 1))
        told = tuple(
            replace(table, resources=tuple(self._resource(tally, axis, top) for tally in self._of(name)))
            for name, table in tables
        )
        return HeatPicture(self._ends_s, self._started_s, axis.step_s, scale, told, "plan")

    def _of(self, table: str) -> list[LaneTally]:
        return [tally for (name, _), tally in self.tallies.items() if name == table]

    def _resource(self, tally: LaneTally, axis: Axis, top: int) -> ResourceHeat:
        tally.counts.history.reach(axis)
        told = tally.counts.told(tally.lane.resource.state(self._ends_s), axis, self._ends_s, top, self._step_s)
        if axis.steps != len(tally.allowed["Read"]):  # a very long history got coarser than its steps
            return told
        return replace(
            told, allowed_read=tuple(tally.allowed["Read"]), allowed_write=tuple(tally.allowed["Write"])
        )  # fmt: skip

    def _told_kind(self, kind: KindTally) -> KindOutcome:
        missing = [0] * (self.step + 1 - len(kind.offered_by_step))
        return KindOutcome(
            kind.name,
            kind.offered,
            kind.throttled,
            tuple(kind.offered_by_step + missing),
            tuple(kind.throttled_by_step + missing),
            kind.read_units,
            kind.write_units,
        )
