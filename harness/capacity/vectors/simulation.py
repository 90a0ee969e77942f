"""Runs traffic through the capacity model, slice by slice, and tells what came of it.

The same buckets, partitions and rules as live; whole slices are admitted at once (`admission`). A refused request comes
again in the next slice as often as its client tries (`attempts`), then it has failed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Cause, Refusal
from harness.capacity.heat.history import Axis
from harness.capacity.limits import OnDemandLimit
from harness.capacity.parameters import Parameters
from harness.capacity.picture import HeatPicture, SplitSeen, TableHeat
from harness.capacity.resource import Access
from harness.capacity.shape import IndexShape, TableShape
from harness.capacity.vectors.admission import GOLDEN, Limit, Refused, Share, refused
from harness.capacity.vectors.lane import Lane, Load
from harness.capacity.vectors.outcome import Change, FirstThrottle, KindOutcome, Outcome
from harness.capacity.vectors.tally import KindTally, LaneTally
from harness.capacity.vectors.trace import Group, Ids, KeySpace, Kind, KindCharge, Slice

Scaling = Mapping[tuple[str, str, Access], ScalingRule]  # (table, "" or index, access)
STEPS_MAX = 720


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulation is run and told."""

    step_s: float = 60.0  # how finely it is told
    attempts: int = 1  # of a client for a request, one a slice
    top: int = 20  # keys that are told


_ACCESSES: tuple[Access, ...] = ("Write", "Read")


def simulate(
    shapes: Mapping[str, TableShape],
    spaces: Mapping[str, KeySpace],
    slices: Iterable[Slice],
    parameters: Parameters,
    *,
    scaling: Scaling | None = None,
    options: Options | None = None,
    progress: Callable[[float], None] | None = None,
) -> Outcome:
    """Return what comes of the traffic in `slices` (ascending, without gaps or overlaps) for these tables.

    `spaces` are the key spaces that the kinds of requests name. `progress` is called with each slice's beginning.
    Raises KeyError for names that are not known.
    """
    chosen = options or Options()
    run: _Run | None = None
    for one in slices:
        if run is None:
            run = _Run(shapes, spaces, parameters, scaling or {}, one.at_s, chosen)
        run.step(one)
        if progress is not None:
            progress(one.at_s)
    if run is None:
        run = _Run(shapes, spaces, parameters, scaling or {}, 0.0, chosen)
    return run.outcome(chosen.top)


class _Run:
    """One simulation under way."""

    def __init__(
        self,
        shapes: Mapping[str, TableShape],
        spaces: Mapping[str, KeySpace],
        parameters: Parameters,
        scaling: Scaling,
        started_s: float,
        options: Options,
    ) -> None:
        self._shapes, self._spaces = dict(shapes), dict(spaces)
        self._parameters = parameters
        self._started_s = self._ends_s = started_s
        self._step_s, self._step = options.step_s, 0
        self._attempts = options.attempts
        self._phase = 0.0
        self._account = AccountCapacity(parameters, started_s)
        self._lanes: dict[tuple[str, str], Lane] = {}
        self._tallies: dict[tuple[str, str], LaneTally] = {}
        self._kinds: dict[str, KindTally] = {}
        self._changes: list[Change] = []
        self._first: dict[tuple[str, str, str], FirstThrottle] = {}
        self._again: list[tuple[Group, int]] = []  # groups that come again, and how often they were tried
        self._rates: dict[tuple[str, str, Access], float] = {}
        for shape in shapes.values():
            for index in (None, *shape.global_indexes):
                self._add(shape, index, scaling)

    # -- one slice

    def step(self, one: Slice) -> None:
        """Let a slice happen."""
        self._close_steps(one.at_s)
        self._advance(one.at_s)
        groups = [(group, 1) for group in one.groups if len(group)] + self._again
        sizes = [len(group) for group, _ in groups]
        shares = self._shares([group for group, _ in groups])
        limits = self._limits(shares, one.length_s)
        self._phase = (self._phase + GOLDEN) % 1.0
        told = refused(sizes, limits, self._phase)
        self._note_refused(groups, told, limits, shares, one.at_s)
        self._take(groups, told, shares, one)
        self._count(groups, told)
        self._ends_s = one.at_s + one.length_s

    def _advance(self, now_s: float) -> None:
        for bucket in (self._account.read, self._account.write):
            bucket.advance(now_s)
        for lane in self._lanes.values():
            lane.advance(now_s)
            for access in _ACCESSES:
                self._note_change(lane, access, now_s)

    def _shares(self, groups: Sequence[Group]) -> dict[tuple[str, str], list[tuple[int, KindCharge, Load]]]:
        """Return by lane what each group asks of it, with the slots of its keys."""
        found: dict[tuple[str, str], list[tuple[int, KindCharge, Load]]] = {}
        for number, group in enumerate(groups):
            for charge in group.kind.charges:
                lane = self._lanes[charge.table, charge.resource]
                ids = group.keys[charge.keys]
                slots = lane.slots(self._spaces[charge.keys])[ids]
                load = Load(charge.keys, ids, slots, charge.read_units, charge.write_units, charge.consistent)
                found.setdefault((charge.table, charge.resource), []).append((number, charge, load))
        return found

    def _limits(
        self, shares: Mapping[tuple[str, str], list[tuple[int, KindCharge, Load]]], length_s: float
    ) -> list[Limit]:
        """Return every limit that is asked, in the order in which a refusal is told."""
        limits = []
        account: dict[Access, list[Share]] = {"Write": [], "Read": []}
        for key, asked in shares.items():
            lane = self._lanes[key]
            eventual = lane.partitions.caps.eventual_weight
            for access in _ACCESSES:
                narrow, wide = [], []
                for number, charge, load in asked:
                    units = charge.write_units if access == "Write" else charge.read_units
                    if units > 0.0:
                        weight = eventual if access == "Read" and not charge.consistent else 1.0
                        narrow.append(Share(number, units * weight, load.slots))
                        wide.append(Share(number, units))
                if not wide:
                    continue
                whole = lane.limit(access)
                level = whole.bucket.level + whole.bucket.rate * length_s
                limits.append(Limit(*key, access, Cause.KEY_RANGE, lane.levels(access, length_s), narrow))
                limits.append(Limit(*key, access, whole.cause, level, wide))
                if whole.account is not None:
                    account[access].extend(wide)
        for access, wide in account.items():
            if wide:
                bucket = self._account.write if access == "Write" else self._account.read
                level = bucket.level + bucket.rate * length_s
                limits.append(Limit(*_first_of(shares), access, Cause.ACCOUNT, level, wide))
        return limits

    def _note_refused(
        self,
        groups: Sequence[tuple[Group, int]],
        told: Sequence[Refused | None],
        limits: Sequence[Limit],
        shares: Mapping[tuple[str, str], list[tuple[int, KindCharge, Load]]],
        now_s: float,
    ) -> None:
        self._again = []
        for number, ((group, tried), no) in enumerate(zip(groups, told, strict=True)):
            if no is None:
                continue
            for by in np.unique(no.by[no.mask]).tolist():
                limit = limits[by]
                key = (limit.table, limit.resource)
                load = next((load for at, _, load in shares[key] if at == number), None)
                if load is None:  # the account refused: told where the request would have been paid
                    key, load = next(
                        (lane, load) for lane, all_of in shares.items() for at, _, load in all_of if at == number
                    )
                self._note_limit(key, limit, load, np.flatnonzero(no.by == by), now_s)
            if tried < self._attempts:
                self._again.append(
                    (Group(group.kind, {name: ids[no.mask] for name, ids in group.keys.items()}), tried + 1)
                )

    def _note_limit(self, key: tuple[str, str], limit: Limit, load: Load, at: Ids, now_s: float) -> None:
        tally, space = self._tallies[key], self._spaces[load.space]
        access: Access = "Write" if limit.access == "Write" else "Read"
        reason = Refusal(key[1], access, limit.cause).reason
        ids = load.ids[at]
        numbers = {-1: len(ids)}
        if limit.cause is Cause.KEY_RANGE:
            parts = list(self._lanes[key].partitions)
            slots, counts = np.unique(load.slots[at], return_counts=True)
            numbers = {parts[slot].number: count for slot, count in zip(slots.tolist(), counts.tolist(), strict=True)}
        tally.refuse(now_s, load.space, ids, numbers, reason)
        if (*key, reason) not in self._first:
            self._first[*key, reason] = FirstThrottle(now_s, *key, reason, space.label(int(ids[0])))

    def _take(
        self,
        groups: Sequence[tuple[Group, int]],
        told: Sequence[Refused | None],
        shares: Mapping[tuple[str, str], list[tuple[int, KindCharge, Load]]],
        one: Slice,
    ) -> None:
        for key, asked in shares.items():
            lane, tally = self._lanes[key], self._tallies[key]
            numbers = [partition.number for partition in lane.partitions]
            loads = [_admitted(load, told[number]) for number, _, load in asked]
            for (number, charge, _), load in zip(asked, loads, strict=True):
                kind = self._kind(groups[number][0].kind)
                kind.read_units += charge.read_units * len(load.ids)
                kind.write_units += charge.write_units * len(load.ids)
            reads, writes = lane.take(loads, self._spaces, one.at_s, one.length_s)
            tally.take(numbers, reads, writes, loads)

    def _count(self, groups: Sequence[tuple[Group, int]], told: Sequence[Refused | None]) -> None:
        for (group, tried), no in zip(groups, told, strict=True):
            failed = int(no.mask.sum()) if no is not None and tried >= self._attempts else 0
            self._kind(group.kind).count(self._step, len(group) if tried == 1 else 0, failed)

    # -- steps and the end

    def _close_steps(self, now_s: float) -> None:
        while now_s >= self._started_s + (self._step + 1) * self._step_s:
            self._close_step(self._started_s + (self._step + 1) * self._step_s)
            self._step += 1

    def _close_step(self, ends_s: float) -> None:
        middle_s = self._started_s + (self._step + 0.5) * self._step_s
        for tally in self._tallies.values():
            tally.close_step(self._step, middle_s, ends_s, self._spaces)

    def outcome(self, top: int) -> Outcome:
        """Return what came of it."""
        ends_s = self._ends_s
        if ends_s > self._started_s + self._step * self._step_s:
            self._close_step(ends_s)
        else:
            self._step = max(0, self._step - 1)
        return Outcome(
            picture=self._picture(ends_s, top),
            kinds=tuple(self._told_kind(kind) for kind in self._kinds.values()),
            changes=tuple(sorted(self._changes, key=lambda change: change.at_s)),
            first_throttles=tuple(sorted(self._first.values(), key=lambda first: first.at_s)),
            allowed_read={key: tuple(tally.allowed["Read"]) for key, tally in self._tallies.items()},
            allowed_write={key: tuple(tally.allowed["Write"]) for key, tally in self._tallies.items()},
        )

    def _picture(self, ends_s: float, top: int) -> HeatPicture:
        axes = [tally.counts.history.axis(max(self._started_s, ends_s - 1e-6)) for tally in self._tallies.values()]
        axis = max(axes, key=lambda one: one.step_s, default=Axis(self._started_s, self._step_s, 1))
        tables = []
        for name, shape in self._shapes.items():
            resources = []
            for (table, _), tally in self._tallies.items():
                if table == name:
                    tally.counts.history.reach(axis)
                    state = tally.lane.resource.state(ends_s)
                    resources.append(tally.counts.told(state, axis, ends_s, top, self._step_s))
            tables.append(TableHeat(name, shape.billing, tuple(resources)))
        return HeatPicture(ends_s, self._started_s, axis.step_s, self._parameters.scale, tuple(tables), "plan")

    def _told_kind(self, kind: KindTally) -> KindOutcome:
        missing = [0] * (self._step + 1 - len(kind.offered_by_step))
        return KindOutcome(
            kind.name,
            kind.offered,
            kind.throttled,
            tuple(kind.offered_by_step + missing),
            tuple(kind.throttled_by_step + missing),
            kind.read_units,
            kind.write_units,
        )

    # -- lanes

    def _add(self, shape: TableShape, index: IndexShape | None, scaling: Scaling) -> None:
        key = (shape.name, index.name if index else "")

        def told(now_s: float, partition: int, into: tuple[int, int], why: str) -> None:
            self._tallies[key].counts.splits.append(SplitSeen(now_s, partition, into, why))
            self._changes.append(Change(now_s, *key, f"partition {partition} splits for {why}"))

        rules = {access: rule for (*of, access), rule in scaling.items() if tuple(of) == key}
        lane = Lane(shape, index, self._parameters, self._started_s, told, self._account, rules)
        self._lanes[key] = lane
        self._tallies[key] = LaneTally(lane, self._started_s, self._step_s, STEPS_MAX)
        for access in _ACCESSES:
            self._rates[*key, access] = lane.limit(access).provisioned

    def _note_change(self, lane: Lane, access: Access, now_s: float) -> None:
        limit, key = lane.limit(access), (lane.table, lane.name, access)
        if limit.provisioned != self._rates[key]:
            what = "on demand grows" if isinstance(limit, OnDemandLimit) else "auto scaling provisions"
            before, self._rates[key] = self._rates[key], limit.provisioned
            self._changes.append(
                Change(now_s, lane.table, lane.name, f"{what} {access.lower()}s", before, limit.provisioned)
            )

    def _kind(self, kind: Kind) -> KindTally:
        return self._kinds.setdefault(kind.name, KindTally(kind.name))


def _admitted(load: Load, no: Refused | None) -> Load:
    if no is None:
        return load
    yes = ~no.mask
    return Load(load.space, load.ids[yes], load.slots[yes], load.read_units, load.write_units, load.consistent)


def _first_of(shares: Mapping[tuple[str, str], object]) -> tuple[str, str]:
    return next(iter(shares))
