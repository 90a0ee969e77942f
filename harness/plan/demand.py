"""From business requests to requests of DynamoDB: their kinds, what each is charged, and with which keys.

A request's operations share its keys: the wallet that is read is the one that is debited. Sharded tables are written at
one shard of a key, drawn at random, and read at all of them. Left out: what clients repeat after a refusal (that is the
simulation's `attempts`), conditions that fail, and an index entry that moves to another key: both its units are asked
of one key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from harness.capacity.shape import IndexShape
from harness.capacity.units import read_units, write_units
from harness.capacity.vectors.trace import Group, Ids, KeySpace, Kind, KindCharge
from harness.errors import SettingInvalid
from harness.plan.cost import STORED_OVERHEAD_BYTES
from harness.plan.design import READS, Design, Operation, PlannedTable, Request, Step
from harness.plan.draws import COUNT_MAX, RING, Keys, Source, source_of, space_of
from harness.plan.operations import touch_of

Drawn = Mapping[str, Ids]


@dataclass(frozen=True, slots=True)
class _Column:
    """Where the ids of one space of a kind come from: keys, which of several fresh ones, and over how many shards."""

    keys: str
    fresh: int = -1
    fresh_of: int = 0
    shards: int = 1


@dataclass(slots=True)
class _StepKind:
    """One step of a business request as a kind of request, with its columns by space."""

    step: Step
    kind: Kind
    columns: dict[str, _Column]
    fan_out: int = 1  # reads of a sharded key ask all its shards


@dataclass(slots=True)
class Demand:
    """What a design asks of DynamoDB: `spaces` and `kinds` for the simulation, `groups` for each stretch of time."""

    design: Design
    random: np.random.Generator
    spaces: dict[str, KeySpace] = field(default_factory=dict)
    _steps: dict[str, list[_StepKind]] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)
    _serial: int = 0

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds of requests."""
        return tuple(one.kind for steps in self._steps.values() for one in steps)

    def groups(self, counts: Mapping[str, int]) -> Iterator[Group]:
        """Give the requests to DynamoDB of so many business requests by name."""
        for request in self.design.requests:
            count = counts.get(request.name, 0)
            if not count or not self._steps[request.name]:
                continue
            if count > COUNT_MAX:
                raise SettingInvalid(
                    f"{count:,} times {request.name!r} fall due at once, expected at most {COUNT_MAX:,}",
                    remedy="plan less traffic: --rate, --per-day, --launch, --traffic",
                )
            drawn = {name: self._sources[name].draw(count) for name in self._needed(request.name)}
            for one in self._steps[request.name]:
                if group := self._group(one, drawn, count):
                    yield group

    def _needed(self, request: str) -> set[str]:
        columns = (column for one in self._steps[request] for column in one.columns.values())
        return {column.keys for column in columns if column.fresh < 0}

    def _group(self, one: _StepKind, drawn: Drawn, count: int) -> Group | None:
        chosen = _chosen(one.step.times, count, self.random)
        if chosen is not None and not len(chosen):
            return None
        size = count if chosen is None else len(chosen)
        keys = {}
        for space, column in one.columns.items():
            ids = self._fresh(column, size) if column.fresh >= 0 else drawn[column.keys]
            if chosen is not None and column.fresh < 0:
                ids = ids[chosen]
            keys[space] = self._sharded(ids, column, one.fan_out)
        self._serial += size
        return Group(one.kind, keys)

    def _fresh(self, column: _Column, size: int) -> Ids:
        ids: Ids = ((self._serial + np.arange(size)) * column.fresh_of + column.fresh) % RING
        return ids

    def _sharded(self, ids: Ids, column: _Column, fan_out: int) -> Ids:
        if fan_out > 1:
            ids = np.repeat(ids, fan_out)
        if column.shards == 1:
            return ids
        if fan_out == column.shards:
            return ids * column.shards + np.tile(np.arange(column.shards), len(ids) // fan_out)
        return ids * column.shards + self.random.integers(0, column.shards, len(ids))


def demand_of(design: Design, seed: int, expected: float) -> Demand:
    """Return what a design asks; `expected` business requests in all place monotonic keys."""
    demand = Demand(design, np.random.default_rng(seed))
    for request in design.requests:
        demand._steps[request.name] = [
            _step_kind(demand, request, step, number) for number, step in enumerate(request.steps)
        ]
    for keys in design.keys.values():
        demand._sources[keys.name] = source_of(keys, demand.random, expected)
    return demand


def units_per_request(design: Design) -> dict[tuple[str, str], tuple[float, float]]:
    """Return the read and write units of an average business request, by (table, index or "")."""
    units: dict[tuple[str, str], tuple[float, float]] = {}
    for times, step in design.mixed():
        asked = times * _fan_out(design, step)
        for operation in step.operations:
            for charge in charges_of(design.tables[operation.table], operation, transactional=step.transactional):
                place = operation.table, charge.resource
                read, write = units.get(place, (0.0, 0.0))
                many = asked * operation.items
                units[place] = read + many * charge.read_units, write + many * charge.write_units
    return units


def requests_per_request(design: Design) -> float:
    """Return how many requests to DynamoDB an average business request makes."""
    return sum(times * _fan_out(design, step) for times, step in design.mixed())


def stored_per_request(design: Design) -> dict[tuple[str, str], float]:
    """Return the bytes that an average business request leaves, by (table, index or "")."""
    left: dict[tuple[str, str], float] = {}
    for times, step in design.mixed():
        for one in step.operations:
            if one.kind == "put":
                size = times * one.items * (one.size_bytes + STORED_OVERHEAD_BYTES)
                indexes = design.tables[one.table].shape.indexes
                for name in ("", *(index.name for index in indexes if touch_of(one, index) != "none")):
                    left[one.table, name] = left.get((one.table, name), 0.0) + size
    return left


def charges_of(table: PlannedTable, operation: Operation, *, transactional: bool) -> list[KindCharge]:
    """Return what one operation is charged on its table and its indexes; `keys` names keys, not yet spaces."""
    key = operation.key or table.key
    size = operation.size_bytes
    if operation.kind in READS:
        index = table.shape.index(operation.index) if operation.index else None
        resource = operation.index if index is not None and index.kind == "global" else ""
        if operation.index and not operation.key:
            key = table.index_keys.get(operation.index, key)
        units = read_units(size, consistent=operation.consistent, transactional=transactional)
        return [KindCharge(operation.table, resource, key, units, consistent=operation.consistent or transactional)]
    local = sum(_touched(operation, index) for index in table.shape.indexes if index.kind == "local")
    charges = [KindCharge(operation.table, "", key, write_units=write_units(size, transactional=transactional) + local)]
    # An operation's own `key` is its table's alone: an entry of an index has the key that the design names for it.
    touched = ((index, _touched(operation, index)) for index in table.shape.global_indexes)
    return charges + [
        KindCharge(operation.table, index.name, table.index_keys[index.name], write_units=units)
        for index, units in touched
        if units
    ]


def _touched(operation: Operation, index: IndexShape) -> float:
    touch = touch_of(operation, index)
    if touch == "none":
        return 0.0
    size = 0 if index.projection == "KEYS_ONLY" else operation.size_bytes
    return write_units(size) * (2.0 if touch == "move" else 1.0)


def _fan_out(design: Design, step: Step) -> int:
    reads = [design.tables[one.table].shards for one in step.operations if one.kind in READS and not one.index]
    return max(reads, default=1)


def _step_kind(demand: Demand, request: Request, step: Step, number: int) -> _StepKind:
    design = demand.design
    built = _StepKind(step, Kind("", ()), {}, _fan_out(design, step))
    charges: dict[tuple[str, str, str], KindCharge] = {}
    fresh_of = sum(one.items for one in step.operations)
    fresh = 0
    for operation in step.operations:
        table = design.tables[operation.table]
        for _ in range(operation.items):
            for charge in charges_of(table, operation, transactional=step.transactional):
                column = _column(design.keys[charge.keys], fresh, fresh_of, 1 if charge.resource else table.shards)
                space = _space(demand, design.keys[charge.keys], column)
                built.columns[space] = column
                place = charge.table, charge.resource, space
                sofar = charges.get(place, KindCharge(*place))
                charges[place] = KindCharge(
                    *place,
                    sofar.read_units + charge.read_units,
                    sofar.write_units + charge.write_units,
                    charge.consistent,
                )
            fresh += 1
    built.kind = Kind(f"{request.name} {number + 1}: {step.name}", tuple(charges.values()))
    return built


def _column(keys: Keys, fresh: int, fresh_of: int, shards: int) -> _Column:
    if keys.each_operation and keys.draw.kind == "new":
        return _Column(keys.name, fresh, fresh_of, shards)
    return _Column(keys.name, shards=shards)


def _space(demand: Demand, keys: Keys, column: _Column) -> str:
    name = keys.name + (f" ({column.fresh + 1})" if column.fresh >= 0 else "")
    name += f" × {column.shards}" if column.shards > 1 else ""
    if name not in demand.spaces:
        demand.spaces[name] = space_of(keys, name, column.shards)
    return name


def _chosen(times: float, count: int, random: np.random.Generator) -> Ids | None:
    """Return which business requests make a step, some of them several times; None when all do once."""
    if times == 1.0:
        return None
    whole, part = int(times), times - int(times)
    every = np.repeat(np.arange(count), whole)
    if not part:
        return every
    some = np.flatnonzero(random.random(count) < part)
    return some if not whole else np.concatenate([every, some])
