"""What a call has really cost, once its answer is there.

Writes: by the images of the items that they changed, where changes are heard of; else by what the engine tells. Reads:
by what the engine tells, or by the items in the answer where it is known to tell wrongly. A request that was refused
for another reason than a condition costs nothing; what ended in a 5xx keeps what it was expected to cost.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.capacity.charge import Charge, Place
from harness.capacity.shape import TableShape
from harness.capacity.units import (
    ResourceUnits,
    item_bytes,
    placed,
    read_units,
    units_told,
    write_units,
)
from harness.edge.capacity.charging import NONSENSE, Expected, condition_cost, write_cost
from harness.edge.changes import Change

Item = Mapping[str, Any]


def differences(taken: Sequence[Charge], due: Sequence[Charge]) -> list[Charge]:
    """Return what is still to be taken (or, negative, to be given back) where `taken` was and `due` is right."""
    if taken == due:
        return []
    left: dict[tuple[str, Place, bool], list[float]] = {}
    for charges, sign in ((due, 1.0), (taken, -1.0)):
        for one in charges:
            units = left.setdefault((one.resource, one.place, one.consistent), [0.0, 0.0])
            units[0] += sign * one.read_units
            units[1] += sign * one.write_units
    return [
        Charge(resource, place, read, write, consistent)
        for (resource, place, consistent), (read, write) in left.items()
        if read or write
    ]


def written(shape: TableShape, was: Expected, change: Change | None) -> Expected:
    """Return what a write was that changed its item so; None: it left it as it was."""
    if change is not None:
        before, after = change.before, change.after
    elif was.ask.kind == "put":
        before = after = was.after
    else:
        before = after = was.before
    same_before = before is was.before or before == was.before
    # A put leaves what it puts (its numbers may be written otherwise, which costs the same); comparing takes time.
    same_after = was.after_bytes is not None and (was.ask.puts_whole or after == was.after)
    if same_before and same_after:
        return was
    return write_cost(
        shape,
        was,
        before,
        after,
        was.before_bytes if same_before else None,
        was.after_bytes if same_after else None,
    )


def failed(was: Expected, existing: Item | None) -> list[Charge]:
    """Return what a write has cost whose condition did not hold; `existing` is the item as the answer tells it."""
    return condition_cost(was.ask, was.place, existing or was.before)


def cancelled(was: Expected) -> list[Charge]:
    """Return what an entry of a cancelled transaction has cost: its prepared write, or its read."""
    if not was.ask.is_write:
        return was.charges
    size = max(was.before_bytes, was.after_bytes or 0)
    return [Charge("", was.place, 0.0, write_units(size, transactional=True))]


def replayed(was: Expected) -> list[Charge]:
    """Return what an entry of a transaction has cost whose token was used before: a read."""
    size = max(was.before_bytes, was.after_bytes or 0)
    return [Charge("", was.place, read_units(size, consistent=True, transactional=True))]


def found(was: Expected, size: int) -> list[Charge]:
    """Return what reading one item of this size in bytes (0: there is none) has cost."""
    ask = was.ask
    units = read_units(size, consistent=ask.consistent, transactional=ask.transactional)
    return [Charge("", was.place, units, 0.0, ask.consistent)]


def page(was: Expected, items: Sequence[Item], count: int | None, scanned: int | None) -> list[Charge]:
    """Return what a page has cost by the items in its answer.

    What a filter left out is taken to be as large as the rest; what a projection left out is not known.
    """
    (charge,) = was.charges
    size = sum(map(item_bytes, items))
    if items and count and scanned and scanned > count:
        size = size * scanned // count
    units = read_units(size, consistent=was.ask.consistent, transactional=was.ask.transactional)
    return [charge._replace(read_units=units)]


def told_of_one(shape: TableShape, was: Expected, told: Mapping[str, Any]) -> list[Charge]:
    """Return what a call about one item or page has cost, by its table's ConsumedCapacity."""
    charge = was.charges[0]
    if len(told) == _WITHOUT_INDEXES and not charge.resource and len(was.charges) == 1:  # most calls, by far
        units = told["CapacityUnits"]
        if units in (charge.read_units, charge.write_units):
            return was.charges
    parts = _parts(shape, told)
    charges: list[Charge] = []
    for name, part in parts.items():
        if part:
            charges += _shared_out(shape, was, name, part)
    return charges


_WITHOUT_INDEXES = len(("TableName", "CapacityUnits", "Table"))


def _parts(shape: TableShape, told: Mapping[str, Any]) -> dict[str, float]:
    """Return the units of the table and of each global index; local ones are the table's to pay."""
    units = units_told(told)
    parts: dict[str, float] = {"": units.total if units.table is None else units.table}
    parts[""] += sum(part for name, part in units.local_indexes.items() if shape.index(name) is not None)
    return parts | units.global_indexes


def _shared_out(shape: TableShape, was: Expected, resource: str, units: float) -> list[Charge]:
    """Return units of one resource as they were expected to fall, by as much as they are in all."""
    expected = [one for one in was.charges if one.resource == resource]
    total = sum(one.read_units + one.write_units for one in expected)
    if total:
        factor = units / total
        if factor == 1.0:
            return expected
        return [
            one._replace(read_units=one.read_units * factor, write_units=one.write_units * factor) for one in expected
        ]
    place = _place_in(shape, was, resource)
    if was.ask.is_write:
        return [Charge(resource, place, 0.0, units)]
    return [Charge(resource, place, units, 0.0, was.ask.consistent)]


def _place_in(shape: TableShape, was: Expected, resource: str) -> Place:
    """Return where a charge to an index falls that was not expected; by the table's place if nothing tells."""
    item = was.after or was.before or was.ask.about
    try:
        return placed(shape, ResourceUnits(resource, 0.0, 0.0, item)).place
    except NONSENSE:
        return was.place


def told_of_many(several: Sequence[list[Charge]], told: Mapping[str, Any]) -> list[list[Charge]]:
    """Return what the entries of one table have cost by what was told of all: shared out as they were expected."""
    total = sum(one.read_units + one.write_units for charges in several for one in charges)
    units = units_told(told).total
    if not total or units == total:
        return list(several)
    factor = units / total
    return [
        [one._replace(read_units=one.read_units * factor, write_units=one.write_units * factor) for one in charges]
        for charges in several
    ]
