"""Reads the operations of a business request, as a design file writes them: `get: Wallets`, `transaction: […]`."""

from collections.abc import Mapping
from typing import Any, get_args

from harness.capacity.shape import IndexShape
from harness.capacity.units import item_bytes
from harness.errors import SettingInvalid, did_you_mean
from harness.plan.design import READS, Operation, OperationKind, PlannedTable, Step, Touch
from harness.plan.draws import Keys
from harness.plan.section import Section

KINDS = get_args(OperationKind)
_FIELDS = ("bytes", "item", "key", "consistent", "times", "items", "touches")


def read_step(told: Section, tables: Mapping[str, PlannedTable], keys: Mapping[str, Keys]) -> Step:
    """Return one request to DynamoDB; raises SettingInvalid for what DynamoDB has not or the design lacks."""
    if "transaction" not in told.content:
        told.only(*KINDS, *_FIELDS)
        return Step((_operation(told, tables, keys),), times=told.number("times", 1))
    told.only("transaction", "times")
    members = [Section.of(one, f"{told.where}.transaction") for one in told.items("transaction")]
    operations = tuple(_operation(one.only(*KINDS, *_FIELDS), tables, keys) for one in members)
    if not operations:
        raise SettingInvalid(f"{told.where}.transaction is empty, expected operations")
    reads = {one.kind in READS for one in operations}
    if len(reads) > 1 or any(one.kind in ("query", "scan") for one in operations):
        raise SettingInvalid(f"{told.where}.transaction mixes what no transaction can hold: all get, or none")
    return Step(operations, transactional=True, times=told.number("times", 1))


def _operation(told: Section, tables: Mapping[str, PlannedTable], keys: Mapping[str, Keys]) -> Operation:
    kinds = [kind for kind in KINDS if kind in told.content]
    if len(kinds) != 1:
        raise SettingInvalid(f"{told.where} names {len(kinds)} operations, expected one of {', '.join(KINDS)}")
    kind = kinds[0]
    name, _, index = told.text(kind).partition(".")
    table = tables.get(name)
    if table is None:
        raise SettingInvalid(f"{told.where} is about table {name!r}{did_you_mean(name, tables)}, which is not designed")
    known = [one.name for one in table.shape.indexes]
    if index and (index not in known or kind not in ("query", "scan")):
        words = did_you_mean(index, known) if index not in known else f": a {kind} is not for indexes"
        raise SettingInvalid(f"{told.where} is about index {index!r} of {name}{words}")
    consistent = told.yes("consistent", default=False)
    if index and consistent and (shape := table.shape.index(index)) and shape.kind == "global":
        raise SettingInvalid(f"{told.where} reads index {index} consistently, which no global index can")
    return Operation(
        kind,
        name,
        _size(told),
        index,
        told.choice("key", keys) if "key" in told.content else "",
        consistent,
        told.whole("items", 1, least=1),
        _touches(told.section("touches"), table),
    )


def touch_of(operation: Operation, index: IndexShape) -> Touch:
    """Return what a write does to an index: what it says, else the usual (an update leaves KEYS_ONLY untouched)."""
    if operation.kind == "check":
        return "none"
    told = operation.touches.get(index.name)
    if told is not None:
        return told
    if operation.kind == "update":
        return "none" if index.projection == "KEYS_ONLY" else "change"
    return "insert"


def _size(told: Section) -> int:
    if "item" not in told.content:
        return told.whole("bytes")
    item = told.section("item").content
    try:
        return item_bytes(_attributes(item))
    except (KeyError, ValueError, TypeError, AttributeError) as problem:
        raise SettingInvalid(f"{told.where}.item is no item in DynamoDB's JSON: {problem!r}") from problem


def _attributes(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, Mapping) else _attribute(value) for name, value in item.items()}


def _attribute(value: object) -> dict[str, Any]:
    """Return a plain YAML value as an AttributeValue; lists and maps are written in DynamoDB's JSON."""
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int | float):
        return {"N": str(value)}
    if isinstance(value, str):
        return {"S": value}
    if value is None:
        return {"NULL": True}
    raise ValueError(f"{value!r} stands for no attribute; write it in DynamoDB's JSON")


def _touches(told: Section, table: PlannedTable) -> dict[str, Touch]:
    told.only(*(index.name for index in table.shape.indexes))
    read: dict[str, Any] = {name: told.choice(name, get_args(Touch)) for name in told.content}
    return read
