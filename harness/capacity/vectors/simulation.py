"""Runs traffic through the capacity model, slice by slice, and tells what came of it.

The same buckets, partitions and rules as live; whole slices are admitted at once (`admission`). A refused request comes
again in the next slice as often as its client tries (`attempts`), then it has failed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from harness.capacity.account import AccountCapacity
from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.charge import Cause
from harness.capacity.parameters import Parameters
from harness.capacity.picture import TableHeat
from harness.capacity.resource import Access
from harness.capacity.shape import IndexShape, TableShape
from harness.capacity.vectors.admission import GOLDEN, Bound, Refused, Share, refused
from harness.capacity.vectors.lane import Lane, Load
from harness.capacity.vectors.ledger import ACCESSES, LaneKey, Ledger
from harness.capacity.vectors.outcome import Outcome
from harness.capacity.vectors.trace import Group, KeySpace, KindCharge, Slice

Scaling = Mapping[tuple[str, str, Access], ScalingRule]  # (table, "" or index, access)


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulation is run and told."""

    step_s: float = 60.0  # how finely it is told
    attempts: int = 1  # of a client for a request, one a slice
    top: int = 20  # keys that are told


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """What one group asks of one lane."""

    group: int
    charge: KindCharge
    load: Load


AskedByLane = Mapping[LaneKey, Sequence[Asked]]


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
    tables = [(name, TableHeat(name, shape.billing, ())) for name, shape in shapes.items()]
    return run.ledger.outcome(tables, parameters.scale, chosen.top)


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
        self.ledger = Ledger(dict(spaces), started_s, options.step_s)
        self._spaces = spaces
        self._parameters = parameters
        self._attempts = options.attempts
        self._account = AccountCapacity(parameters, started_s)
        self._lanes: dict[LaneKey, Lane] = {}
        self._again: list[tuple[Group, int]] = []  # groups that come again, and how often they were tried
        self._phase = 0.0
        for shape in shapes.values():
            for index in (None, *shape.global_indexes):
                self._add(shape, index, scaling, started_s)

    def step(self, one: Slice) -> None:
        """Let a slice happen."""
        self.ledger.reach(one.at_s)
        self._advance(one.at_s)
        groups = [(group, 1) for group in one.groups if len(group)] + self._again
        asked = self._asked([group for group, _ in groups])
        limits = self._limits(asked, one.length_s)
        self._phase = (self._phase + GOLDEN) % 1.0
        told = refused([len(group) for group, _ in groups], limits, self._phase)
        for number, no in enumerate(told):
            if no is not None:
                self._note_refused(number, no, limits, asked, one.at_s)
        self._take(groups, told, asked, one)
        self._count(groups, told)
        self.ledger.end(one.at_s + one.length_s)

    def _advance(self, now_s: float) -> None:
        for bucket in (self._account.read, self._account.write):
            bucket.advance(now_s)
        for lane in self._lanes.values():
            lane.advance(now_s)
            self.ledger.note_rates(lane, now_s)

    def _asked(self, groups: Sequence[Group]) -> AskedByLane:
        """Return by lane what each group asks of it, with the slots of its keys."""
        found: dict[LaneKey, list[Asked]] = {}
        for number, group in enumerate(groups):
            for charge in group.kind.charges:
                lane = self._lanes[charge.table, charge.resource]
                ids = group.keys[charge.keys]
                slots = lane.slots(self._spaces[charge.keys])[ids]
                load = Load(charge.keys, ids, slots, charge.read_units, charge.write_units, charge.consistent)
                found.setdefault((charge.table, charge.resource), []).append(Asked(number, charge, load))
        return found

    def _limits(self, asked: AskedByLane, length_s: float) -> list[Bound]:
        """Return every limit that is asked, in the order in which a refusal is told: the narrowest first."""
        limits = []
        account: dict[Access, list[Share]] = {"Write": [], "Read": []}
        for key, all_asked in asked.items():
            lane = self._lanes[key]
            for access in ACCESSES:
                narrow, wide = _shares(lane, all_asked, access)
                if not wide:
                    continue
                whole = lane.limit(access)
                level = whole.bucket.level + whole.bucket.rate * length_s
                limits.append(Bound(*key, access, Cause.KEY_RANGE, lane.levels(access, length_s), narrow))
                limits.append(Bound(*key, access, whole.cause, level, wide))
                if whole.account is not None:
                    account[access].extend(wide)
        for access, wide in account.items():
            if wide:
                bucket = self._account.write if access == "Write" else self._account.read
                level = bucket.level + bucket.rate * length_s
                limits.append(Bound("", "", access, Cause.ACCOUNT, level, wide))
        return limits

    def _note_refused(
        self, number: int, no: Refused, limits: Sequence[Bound], asked: AskedByLane, now_s: float
    ) -> None:
        for by in np.unique(no.by[no.mask]).tolist():
            limit = limits[by]
            # The account's refusal is told where the request would have been paid first.
            lanes = [(limit.table, limit.resource)] if limit.table else list(asked)
            key, load = next((lane, one.load) for lane in lanes for one in asked[lane] if one.group == number)
            self.ledger.refuse(key, limit, load.of(no.by == by), now_s)

    def _take(
        self, groups: Sequence[tuple[Group, int]], told: Sequence[Refused | None], asked: AskedByLane, one: Slice
    ) -> None:
        for key, all_asked in asked.items():
            lane = self._lanes[key]
            numbers = [partition.number for partition in lane.partitions]
            loads = []
            for each in all_asked:
                no = told[each.group]
                load = each.load if no is None else each.load.of(~no.mask)
                kind = self.ledger.kind(groups[each.group][0].kind)
                kind.read_units += load.read_units * len(load.ids)
                kind.write_units += load.write_units * len(load.ids)
                loads.append(load)
            reads, writes = lane.take(loads, self._spaces, one.at_s, one.length_s)
            self.ledger.tallies[key].take(numbers, reads, writes, loads)

    def _count(self, groups: Sequence[tuple[Group, int]], told: Sequence[Refused | None]) -> None:
        self._again = []
        for (group, tried), no in zip(groups, told, strict=True):
            failed = 0
            if no is not None and tried < self._attempts:
                again = {name: ids[no.mask] for name, ids in group.keys.items()}
                self._again.append((Group(group.kind, again), tried + 1))
            elif no is not None:
                failed = int(no.mask.sum())
            self.ledger.kind(group.kind).count(self.ledger.step, len(group) if tried == 1 else 0, failed)

    def _add(self, shape: TableShape, index: IndexShape | None, scaling: Scaling, now_s: float) -> None:
        key = (shape.name, index.name if index else "")
        rules = {access: rule for (*of, access), rule in scaling.items() if tuple(of) == key}
        told = partial(self.ledger.split, key)
        lane = Lane(shape, index, self._parameters, now_s, told, self._account, rules)
        self._lanes[key] = lane
        self.ledger.open(lane)


def _shares(lane: Lane, all_asked: Sequence[Asked], access: Access) -> tuple[list[Share], list[Share]]:
    """Return what is asked of a lane's partitions, and of the whole."""
    eventual = lane.partitions.caps.eventual_weight
    narrow, wide = [], []
    for one in all_asked:
        units = one.charge.write_units if access == "Write" else one.charge.read_units
        if units > 0.0:
            weight = eventual if access == "Read" and not one.charge.consistent else 1.0
            narrow.append(Share(one.group, units * weight, one.load.slots))
            wide.append(Share(one.group, units))
    return narrow, wide
