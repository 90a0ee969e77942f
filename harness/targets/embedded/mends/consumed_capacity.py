"""Mend: ConsumedCapacity of reads, batches and transactions is what AWS would charge.

Wrong: GetItem, Query, Scan and TransactGetItems cost the same whatever they read; BatchGetItem tells nothing;
TransactGetItems charges global indexes, which it can't read; TransactWriteItems tells no part of the table, and leaves
its indexes out of WriteCapacityUnits; repeated under its token it reads items that are gone. Negative numbers of 38
digits count a byte too many, and an index's entry counts as changed when PartiQL has written a number as "01" and it is
"1" now; but for that, PutItem, UpdateItem, DeleteItem and BatchWriteItem are right in the engine.
AWS (documented, "DynamoDB read and write operations", and the API reference's "ConsumedCapacity"): see
`harness.capacity.units`, by which all of this is reckoned here; docs/capacity-units.md compares the engines.
Mended: who asked for ConsumedCapacity gets it from the items concerned. For others nothing is done, but that the last
page of a Query or Scan is remembered until the next one.
Left out: vector indexes, and global indexes whose key has several attributes for one part.
"""

import threading
from typing import Any

from harness.capacity.units import consumed_capacity, get_charges, page_charges, same_item
from harness.capacity.units.sizes import NUMBER_BYTES_MAX
from harness.targets.embedded.mends import told_units
from harness.targets.embedded.mends.symbols import DYNAMODB, Function, Mend, Symbol
from harness.targets.embedded.mends.told_units import (
    Answer,
    Document,
    asked,
    changed,
    is_repeated,
    item_of,
    read_in_transaction,
    shape_kept,
    succeeded,
    table_of,
    telling,
)

ADD = Symbol(DYNAMODB, "_add_consumed_capacity", "e8b57ddae96f70fb")
PAGE = Symbol(DYNAMODB, "_paginate_evaluated_items", "d70cfb58e3a279c9")
BATCH_GET = Symbol(DYNAMODB, "_batch_get_item", "d6d516ae8785bf7c")
TRANSACT_GET = Symbol(DYNAMODB, "_transact_get_items", "4fd2ebad6b20f832")
TRANSACT_WRITE = Symbol(DYNAMODB, "_transact_write_items", "d931eab087546b66")
NUMBER = Symbol(DYNAMODB, "_number_size_bytes", "b88f1324ce678bb2")
INDEX_UNITS = Symbol(DYNAMODB, "_index_write_units", "29362ec98898abb7")
RELIES_ON = (
    Symbol(DYNAMODB, "_index_write_view", "d3427f36e653bbf2"),
    Symbol(DYNAMODB, "_get_item", "40a3e29c3c4d91c2"),
    Symbol(DYNAMODB, "_query", "50c2e7ec69e93ea3"),
    Symbol(DYNAMODB, "_scan", "7094ff00335eb104"),
    Symbol(DYNAMODB, "_parse_projection_path", "e0bbace28e3ef9d3"),
)

_last = threading.local()  # `page`: what the Query or Scan of this thread has just evaluated


def _noting_the_page(original: Function) -> Function:
    def paginate(items: Any, limit: Any, table: Any, index_name: Any = None) -> Any:
        page, stopped = original(items, limit, table, index_name)
        _last.page = page
        return page, stopped

    return paginate


def _reckoning_reads(original: Function) -> Function:
    def add_consumed_capacity(
        result: Document, data: Document, table_name: str, write: bool = False, **rest: Any
    ) -> None:
        if not asked(data):
            return
        if write:
            original(result, data, table_name, write=write, **rest)
            return
        table = ADD.module()._tables[table_name]
        shape = shape_kept(table)
        consistent = bool(data.get("ConsistentRead"))
        if "Key" in data:
            charges = get_charges(item_of(table, data["Key"]), key=data["Key"], consistent=consistent)
        else:
            page, _last.page = _last.page, []
            index, names = data.get("IndexName") or "", _attributes(data)
            charges = page_charges(shape, page, consistent=consistent, index=index, attributes=names)
        result["ConsumedCapacity"] = consumed_capacity(shape, charges, data["ReturnConsumedCapacity"])

    return add_consumed_capacity


def _attributes(data: Document) -> list[str] | None:
    """Return the attributes that a Query or Scan asks for by name; None when it asks for all there are."""
    if data.get("Select") == "ALL_ATTRIBUTES":
        return None
    if listed := data.get("AttributesToGet"):
        return list(listed)
    engine, names = ADD.module(), data.get("ExpressionAttributeNames") or {}
    paths = (data.get("ProjectionExpression") or "").split(",")
    return [engine._parse_projection_path(path, names)[0][1] for path in paths if path.strip()]


def _reckoning_batches(original: Function) -> Function:
    def batch_get_item(data: Document) -> Answer:
        answer: Answer = original(data)
        if not asked(data) or not succeeded(answer):
            return answer
        told = []
        for name, wanted in data["RequestItems"].items():
            table, shape = table_of(name)
            consistent = bool(wanted.get("ConsistentRead"))
            charges = [
                charge
                for key in wanted["Keys"]
                for charge in get_charges(item_of(table, key), key=key, consistent=consistent)
            ]
            told.append(consumed_capacity(shape, charges, data["ReturnConsumedCapacity"]))
        return telling(answer, told)

    return batch_get_item


def _reckoning_transactional_reads(original: Function) -> Function:
    def transact_get_items(data: Document) -> Answer:
        answer: Answer = original(data)
        if not asked(data) or not succeeded(answer):
            return answer
        return telling(answer, _read(data))

    return transact_get_items


def _reckoning_transactional_writes(original: Function) -> Function:
    def transact_write_items(data: Document) -> Answer:
        repeated = asked(data) and is_repeated(data)
        answer: Answer = original(data)
        if not asked(data) or not succeeded(answer):
            return answer
        if repeated:
            return telling(answer, _read(data))
        detail = data["ReturnConsumedCapacity"]
        return changed(answer, lambda told: [_completed(one, detail) for one in told or ()])

    return transact_write_items


def _completed(told: Document, detail: str) -> Document:
    """Return what a transaction's writes cost a table, with the table's part, and the indexes in the sum."""
    part = {"CapacityUnits": told["WriteCapacityUnits"], "WriteCapacityUnits": told["WriteCapacityUnits"]}
    whole = told | {"WriteCapacityUnits": told["CapacityUnits"]}
    return whole | {"Table": part} if detail == "INDEXES" else whole


def _read(data: Document) -> list[Document]:
    """Return what it costs to read all that a transaction names."""
    actions = [action for one in data["TransactItems"] for action in one.values()]
    keys = [(action["TableName"], action.get("Item") or action["Key"]) for action in actions]
    return read_in_transaction(keys, data["ReturnConsumedCapacity"])


def _within_the_maximum(original: Function) -> Function:
    def number_size_bytes(text: str) -> int:
        size: int = original(text)
        return min(NUMBER_BYTES_MAX, size)

    return number_size_bytes


def _comparing_values(original: Function) -> Function:
    engine = INDEX_UNITS.module()

    def index_write_units(table: Any, index: Any, old: Document | None, new: Document | None) -> float:
        units: float = original(table, index, old, new)
        if units and old and new:
            before, after = (engine._index_write_view(table, index, item) for item in (old, new))
            if before and after and same_item(before[1], after[1]):
                return 0.0
        return units

    return index_write_units


def _apply() -> None:
    NUMBER.wrap(_within_the_maximum)
    INDEX_UNITS.wrap(_comparing_values)
    PAGE.wrap(_noting_the_page)
    ADD.wrap(_reckoning_reads)
    BATCH_GET.wrap(_reckoning_batches)
    TRANSACT_GET.wrap(_reckoning_transactional_reads)
    TRANSACT_WRITE.wrap(_reckoning_transactional_writes)


MEND = Mend(
    name="consumed_capacity",
    touches=(NUMBER, INDEX_UNITS, ADD, PAGE, BATCH_GET, TRANSACT_GET, TRANSACT_WRITE),
    relies_on=(*RELIES_ON, *told_units.RELIES_ON),
    apply=_apply,
)
