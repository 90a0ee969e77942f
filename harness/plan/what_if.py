"""Changes to a design, as a command line tells them: `Wallets.shards=10`, `Wallets.write=5000`, `user.draw=zipf:1.3`.

Every change names what it changes; a mistake says what can be changed there. Changes are applied one after the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

from harness.capacity.auto_scaling import ScalingRule
from harness.capacity.parameters import Parameters
from harness.capacity.shape import Billing, IndexShape, TableShape, Throughput
from harness.errors import SettingInvalid, did_you_mean
from harness.plan.design import READS, Design, PlannedTable, Step
from harness.plan.draws import read_draw
from harness.plan.quotas import Quotas

# Where only one side is provisioned, the other gets what a new table on demand serves.
PROVISIONED_DEFAULT = Throughput(Parameters().on_demand_read_units, Parameters().on_demand_write_units)
_TABLE = ("shards", "billing", "read", "write", "read.scaling", "write.scaling", "warm", "maximum", "consistent")
_INDEX = ("read", "write", "read.scaling", "write.scaling", "warm", "maximum")
_KEYS = ("count", "draw", "tenants")


@dataclass(frozen=True, slots=True)
class Change:
    """One change: `place` is a table, keys, a function or `quotas`, with what it is about; as it was written."""

    place: tuple[str, ...]
    value: str

    @property
    def told(self) -> str:
        """The change as it is written."""
        return f"{'.'.join(self.place)}={self.value}"


def read_changes(text: str) -> tuple[Change, ...]:
    """Return the changes in a text such as `Wallets.shards=10, user.count=5000`; raises SettingInvalid."""
    changes = []
    for one in text.split(","):
        place, equals, value = one.strip().partition("=")
        if not equals or not place.strip() or not value.strip():
            raise SettingInvalid(f"what-if is {one.strip()!r}, expected NAME=VALUE such as Wallets.shards=10")
        changes.append(Change(tuple(part.strip() for part in place.split(".")), value.strip()))
    return tuple(changes)


def changed(design: Design, changes: tuple[Change, ...]) -> Design:
    """Return the design with the changes made; raises SettingInvalid for one that the design has no place for."""
    for change in changes:
        design = _changed(design, change)
    return design


def notes_of(design: Design) -> list[str]:
    """Return what a reader must know of the changed design, beyond its figures."""
    return [
        f"{name} has {table.shards} shards: each read of a key asks all of them, and a condition on the whole "
        "(a balance that must not fall below zero) holds within one shard alone"
        for name, table in design.tables.items()
        if table.shards > 1
    ]


def _changed(design: Design, change: Change) -> Design:
    first, *rest = change.place
    if first in design.tables and rest == ["consistent"]:
        return _with_reads(design, first, change)
    if first in design.tables and rest:
        return _with_table(design, first, _table(design, first, rest, change))
    if first == "shards" and not rest:
        return _with_table(design, *_main_table(design, change))
    if first in design.keys and len(rest) == 1:
        keys = design.keys[first]
        makers: dict[str, Callable[[], Any]] = {
            "count": lambda: replace(keys, count=_whole(change)),
            "draw": lambda: replace(keys, draw=read_draw(change.value)),
            "tenants": lambda: replace(keys, tenants=_whole(change)),
        }
        return replace(design, keys={**design.keys, first: _made(makers, rest[0], change, _KEYS)})
    if first == "quotas" and len(rest) == 1:
        names = [one.name for one in fields(Quotas)]
        if rest[0] not in names:
            raise _unknown(change, rest[0], names)
        return replace(design, quotas=replace(design.quotas, **{rest[0]: _number(change)}))
    functions = {use.name for request in design.requests for use in request.functions}
    if first in functions and rest in (["duration_ms"], ["memory_mb"]):
        return _with_function(design, first, rest[0], _number(change))
    known = ["shards", "quotas", *design.tables, *design.keys, *functions]
    raise _unknown(change, first, known)


def _table(design: Design, name: str, rest: list[str], change: Change) -> PlannedTable:
    table = design.tables[name]
    index = table.shape.index(rest[0])
    about = ".".join(rest[1:] if index else rest)
    if index is not None:
        return _index(table, index, about, change)
    shape = table.shape
    makers: dict[str, Callable[[], PlannedTable]] = {
        "shards": lambda: replace(table, shards=_whole(change)),
        "billing": lambda: _billed(table, _billing(change)),
        "read": lambda: replace(table, shape=_provisioned(shape, "", read=_number(change))),
        "write": lambda: replace(table, shape=_provisioned(shape, "", write=_number(change))),
        "read.scaling": lambda: _scaled(table, "", "read", change),
        "write.scaling": lambda: _scaled(table, "", "write", change),
        "warm": lambda: replace(table, shape=replace(shape, warm=_pair(change, 0.0))),
        "maximum": lambda: replace(table, shape=replace(shape, maximum=_pair(change, math.inf))),
    }
    made: PlannedTable = _made(makers, about, change, (*_TABLE, *(one.name for one in shape.indexes)))
    return made


def _index(table: PlannedTable, index: IndexShape, about: str, change: Change) -> PlannedTable:
    def with_index(**values: Any) -> PlannedTable:
        indexes = tuple(replace(one, **values) if one.name == index.name else one for one in table.shape.indexes)
        return replace(table, shape=replace(table.shape, indexes=indexes))

    makers: dict[str, Callable[[], PlannedTable]] = {
        "read": lambda: replace(table, shape=_provisioned(table.shape, index.name, read=_number(change))),
        "write": lambda: replace(table, shape=_provisioned(table.shape, index.name, write=_number(change))),
        "read.scaling": lambda: _scaled(table, index.name, "read", change),
        "write.scaling": lambda: _scaled(table, index.name, "write", change),
        "warm": lambda: with_index(warm=_pair(change, 0.0)),
        "maximum": lambda: with_index(maximum=_pair(change, math.inf)),
    }
    made: PlannedTable = _made(makers, about, change, _INDEX)
    return made


def _provisioned(shape: TableShape, index: str, *, read: float | None = None, write: float | None = None) -> TableShape:
    """Return a shape that is provisioned, with one side of the table or of an index set."""
    shape = _billed_shape(shape, "PROVISIONED")
    place = shape.index(index) if index else shape
    now = place.provisioned if place and place.provisioned else PROVISIONED_DEFAULT
    set_to = Throughput(now.read_units if read is None else read, now.write_units if write is None else write)
    if not index:
        return replace(shape, provisioned=set_to)
    indexes = tuple(replace(one, provisioned=set_to) if one.name == index else one for one in shape.indexes)
    return replace(shape, indexes=indexes)


def _billed(table: PlannedTable, billing: Billing) -> PlannedTable:
    scaling = table.scaling if billing == "PROVISIONED" else {}
    return replace(table, shape=_billed_shape(table.shape, billing), scaling=scaling)


def _billed_shape(shape: TableShape, billing: Billing) -> TableShape:
    if shape.billing == billing:
        return shape
    provisioned = PROVISIONED_DEFAULT if billing == "PROVISIONED" else None
    indexes = tuple(
        replace(one, provisioned=provisioned if one.kind == "global" else None, maximum=None) for one in shape.indexes
    )
    changed_shape: TableShape = replace(
        shape,
        billing=billing,
        provisioned=provisioned,
        maximum=None,
        indexes=indexes,
    )
    return changed_shape


def _scaled(table: PlannedTable, index: str, access: str, change: Change) -> PlannedTable:
    try:
        least, most, *target = (float(part) for part in change.value.split(":"))
        rule = ScalingRule(least, most, target[0] if target else None)
    except ValueError as problem:
        raise SettingInvalid(
            f"what-if {change.told}: expected MIN:MAX or MIN:MAX:TARGET, e.g. 100:5000:0.7"
        ) from problem
    if not 0 < rule.minimum <= rule.maximum or (rule.target is not None and not 0.2 <= rule.target <= 0.9):
        raise SettingInvalid(f"what-if {change.told}: expected MIN up to MAX, and a target from 0.2 to 0.9")
    shape = _provisioned(table.shape, index, **{access: least})
    return replace(table, shape=shape, scaling={**table.scaling, (index, access): rule})


def _with_table(design: Design, name: str, table: PlannedTable) -> Design:
    return replace(design, tables={**design.tables, name: table})


def _main_table(design: Design, change: Change) -> tuple[str, PlannedTable]:
    """Return the table that plain `shards` is about: the first that has the main keys."""
    for name, table in design.tables.items():
        if table.key == design.main_keys.name:
            return name, replace(table, shards=_whole(change))
    raise SettingInvalid(f"what-if {change.told}: no table has the main keys, write TABLE.shards={change.value}")


def _with_reads(design: Design, table: str, change: Change) -> Design:
    """Return the design whose reads of a table are all consistent, or all eventually so."""
    if change.value not in ("true", "false"):
        raise SettingInvalid(f"what-if {change.told}: expected true or false")
    consistent = change.value == "true"

    def read(step: Step) -> Step:
        operations = tuple(
            replace(one, consistent=consistent) if one.table == table and one.kind in READS and not one.index else one
            for one in step.operations
        )
        return replace(step, operations=operations)

    requests = tuple(replace(one, steps=tuple(map(read, one.steps))) for one in design.requests)
    return replace(design, requests=requests)


def _with_function(design: Design, name: str, what: str, value: float) -> Design:
    settings: dict[str, Any] = {what: int(value) if what == "memory_mb" else value}
    requests = tuple(
        replace(
            request,
            functions=tuple(replace(use, **settings) if use.name == name else use for use in request.functions),
        )
        for request in design.requests
    )
    return replace(design, requests=requests)


def _made(makers: dict[str, Callable[[], Any]], about: str, change: Change, known: tuple[str, ...]) -> Any:
    if about not in makers:
        raise _unknown(change, about, known)
    return makers[about]()


def _unknown(change: Change, name: str, known: list[str] | tuple[str, ...]) -> SettingInvalid:
    return SettingInvalid(
        f"what-if {change.told}: {name!r} can't be changed{did_you_mean(name, known)}",
        evidence={"known": ", ".join(known)},
    )


def _number(change: Change) -> float:
    try:
        value = float(change.value)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise SettingInvalid(f"what-if {change.told}: expected a number above 0")
    return value


def _whole(change: Change) -> int:
    value = _number(change)
    if value != int(value):
        raise SettingInvalid(f"what-if {change.told}: expected a whole number")
    return int(value)


def _pair(change: Change, absent: float) -> Throughput:
    """Return the pair in `5000`, `read:5000` or `write:5000`."""
    side, colon, _ = change.value.partition(":")
    if not colon:
        return Throughput(_number(change), _number(change))
    value = _number(Change(change.place, change.value[len(side) + 1 :]))
    if side not in ("read", "write"):
        raise SettingInvalid(f"what-if {change.told}: expected a number, read:NUMBER or write:NUMBER")
    return Throughput(value, absent) if side == "read" else Throughput(absent, value)


def _billing(change: Change) -> Billing:
    known: dict[str, Billing] = {"PROVISIONED": "PROVISIONED", "PAY_PER_REQUEST": "PAY_PER_REQUEST"}
    if change.value not in known:
        meant = did_you_mean(change.value, known)
        raise SettingInvalid(f"what-if {change.told}{meant}: expected {' or '.join(known)}")
    return known[change.value]
