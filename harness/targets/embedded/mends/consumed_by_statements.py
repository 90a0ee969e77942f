"""Mend: ConsumedCapacity of PartiQL statements is what the operations cost that do the same.

Wrong: ExecuteStatement counts rows, at least one unit, whatever their size and consistency; writes cost one unit,
without indexes; SELECT from an index costs one read; ExecuteTransaction charges its reads as writes; no part of the
table or an index is told, though INDEXES asks for it.
AWS (documented, "PartiQL - a SQL-compatible query language for Amazon DynamoDB"): statements do what the operations do,
and ConsumedCapacity is told; that they cost the same is assumed.
Mended: who asked for ConsumedCapacity gets it from the items before and after, by `harness.capacity.units`.
Left out: IN on key attributes, which is reckoned as a Scan, and one item twice in a batch.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.capacity.shape import TableShape
from harness.capacity.units import (
    ResourceUnits,
    consumed_capacity,
    failed_condition_charges,
    get_charges,
    page_charges,
    write_charges,
)
from harness.targets.embedded.mends import told_units
from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol
from harness.targets.embedded.mends.told_units import (
    Answer,
    Document,
    asked,
    body_of,
    is_repeated,
    item_of,
    read_in_transaction,
    succeeded,
    table_of,
    telling,
)

ONE = Symbol(DYNAMODB, "_execute_statement", "eb23887a13667caf")
BATCH = Symbol(DYNAMODB, "_batch_execute_statement", "122071342bc67ddd")
TRANSACTION = Symbol(DYNAMODB, "_execute_transaction", "1f50148b67a4bfd1")
RELIES_ON = (
    Symbol(DYNAMODB, "_parse_partiql", "34f90fe3b74ee60c"),
    Symbol(DYNAMODB, "_pq_conditions", "84077d85b1d2b2b5"),
    Symbol(DYNAMODB, "_eval_partiql_pred", "e103775e4e07638a"),
    Symbol(DYNAMODB, "_partiql_select_index", "7fd071e960a484b5"),
)
FAILED_ON_ITS_ITEM = ("ConditionalCheckFailed", "DuplicateItem")


@dataclass(frozen=True, slots=True)
class _Statement:
    """One statement, and its item as it was before; `key` lacks what the statement does not name."""

    parsed: Document
    table: Any
    shape: TableShape
    key: Document
    before: Document | None
    consistent: bool = False

    @property
    def names_an_item(self) -> bool:
        return len(self.key) == len(self.shape.key.names)


def _understood(one: Document) -> _Statement | None:
    """Return a statement as it is before it is executed; None when the engine will refuse it."""
    engine = ONE.module()
    try:
        parsed = engine._parse_partiql(one.get("Statement", ""), one.get("Parameters", []))
        table, shape = table_of(parsed["table"])
    except (ValueError, KeyError):
        return None
    parsed = parsed["select"] | {"op": "EXISTS"} if parsed["op"] == "EXISTS" else parsed
    item = parsed.get("item") or {}
    named = item.get("M", item) if set(item) == {"M"} else item
    named = named or {name: value for name, how, value in parsed.get("conditions") or () if how == "="}
    key = {name: named[name] for name in shape.key.names if name in named}
    before = item_of(table, key) if len(key) == len(shape.key.names) else None
    return _Statement(parsed, table, shape, key, before, bool(one.get("ConsistentRead")))


def _charges(one: _Statement, data: Document, *, transactional: bool = False) -> list[ResourceUnits]:
    """Return what a statement has cost that was executed."""
    match one.parsed["op"]:
        case "SELECT" if one.parsed.get("index"):
            return _index_charges(one, data)
        case "SELECT" if one.names_an_item:
            return get_charges(one.before, key=one.key, consistent=one.consistent, transactional=transactional)
        case "SELECT":
            return page_charges(one.shape, _evaluated(one), consistent=one.consistent, key=one.key)
        case "EXISTS":
            return failed_condition_charges(one.before, key=one.key, transactional=transactional)
        case _:
            after = item_of(one.table, one.key)
            return write_charges(one.shape, one.before, after, transactional=transactional, key=one.key)


def _evaluated(one: _Statement) -> list[Document]:
    """Return the items that a SELECT reads before its filter: those of its partition and sort range, or all."""
    engine = ONE.module()
    items = [item for partition in one.table["items"].values() for item in partition.values()]
    if one.shape.key.partition not in one.key:
        return items
    ranges = [term for term in one.parsed["conditions"] if term[0] in one.shape.key.names]
    return [item for item in items if all(engine._eval_partiql_pred(item, *term) for term in ranges)]


def _index_charges(one: _Statement, data: Document) -> list[ResourceUnits]:
    """Return what a SELECT from an index has cost: the engine is asked again, for all that it walks."""
    whole = one.parsed | {"where_fn": None, "projections": None}
    request = {name: value for name, value in data.items() if name != "ReturnConsumedCapacity"}
    rows = body_of(ONE.module()._partiql_select_index(one.table, whole, request))["Items"]
    found = [item_of(one.table, {name: row[name] for name in one.shape.key.names}) for row in rows]
    items = [item for item in found if item is not None]
    wanted = [re.split(r"[.\[]", path)[0] for path in one.parsed.get("projections") or ()]
    index = one.parsed["index"]
    return page_charges(one.shape, items, consistent=one.consistent, index=index, attributes=wanted, key=one.key)


def _reckoning_one(original: Function) -> Function:
    def execute_statement(data: Document) -> Answer:
        statement = _understood(data) if asked(data) else None
        answer: Answer = original(data)
        if statement is None or not succeeded(answer):
            return answer
        charges = _charges(statement, data)
        return telling(answer, consumed_capacity(statement.shape, charges, data["ReturnConsumedCapacity"]))

    return execute_statement


def _reckoning_batches(original: Function) -> Function:
    def batch_execute_statement(data: Document) -> Answer:
        statements = [_understood(one) for one in data.get("Statements") or ()] if asked(data) else []
        answer: Answer = original(data)
        if not asked(data) or not succeeded(answer):
            return answer
        results = body_of(answer)["Responses"]
        charged = [(one, _in_batch(one, result)) for one, result in zip(statements, results, strict=True) if one]
        return telling(answer, _by_table(charged, data["ReturnConsumedCapacity"]))

    return batch_execute_statement


def _in_batch(one: _Statement, result: Document) -> list[ResourceUnits]:
    error = (result.get("Error") or {}).get("Code")
    if error is None:
        return _charges(one, {})
    return failed_condition_charges(one.before, key=one.key) if error in FAILED_ON_ITS_ITEM else []


def _reckoning_transactions(original: Function) -> Function:
    def execute_transaction(data: Document) -> Answer:
        repeated = asked(data) and is_repeated(data)
        found = [_understood(one) for one in data.get("TransactStatements") or ()] if asked(data) else []
        answer: Answer = original(data)
        if not asked(data) or not succeeded(answer):
            return answer
        statements, detail = [one for one in found if one], data["ReturnConsumedCapacity"]
        if repeated:
            return telling(answer, read_in_transaction([(one.shape.name, one.key) for one in statements], detail))
        charged = [(one, _charges(one, data, transactional=True)) for one in statements]
        return telling(answer, _by_table(charged, detail, sides=True))

    return execute_transaction


def _by_table(
    charged: Iterable[tuple[_Statement, list[ResourceUnits]]], detail: Any, *, sides: bool = False
) -> list[Document]:
    shapes: dict[str, TableShape] = {}
    charges: dict[str, list[ResourceUnits]] = {}
    for one, units in charged:
        if units:
            shapes[one.shape.name] = one.shape
            charges.setdefault(one.shape.name, []).extend(units)
    return [consumed_capacity(shapes[name], listed, detail, sides=sides) for name, listed in charges.items()]


def _apply() -> None:
    ONE.wrap(_reckoning_one)
    BATCH.wrap(_reckoning_batches)
    TRANSACTION.wrap(_reckoning_transactions)


MEND = Mend(
    name="consumed_by_statements",
    touches=(ONE, BATCH, TRANSACTION),
    relies_on=(*RELIES_ON, *told_units.RELIES_ON),
    apply=_apply,
)
