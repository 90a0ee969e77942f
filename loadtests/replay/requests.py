"""Makes a recorded call again: its keys as they were, its payload synthesised to the recorded size.

A payload is one attribute of filler; the request is as long as the recorded one to within a few bytes, so it consumes
what the recorded call did (assumed: an attribute's JSON is about as long as its item size, as text is).
"""

import json
from collections.abc import Mapping
from typing import Any

from harness.capacity.shape import IndexShape, Key, TableShape
from harness.errors import SettingInvalid
from loadtests.replay.trace import RecordedCall

FILLER = "replayed"
ITEM_BYTES_MAX = 380 * 1024  # an item may have 400 KB, its keys and names included
Request = dict[str, Any]


def request_of(call: RecordedCall, shapes: Mapping[str, TableShape]) -> tuple[str, Request]:
    """Return the operation and the arguments of boto3's client for a recorded call.

    Raises SettingInvalid when a table is not among `shapes`, or a key does not fit it.
    """
    make = _MAKERS[call.operation]
    return call.operation, make(call, shapes)


def key_of(text: str, shape: TableShape) -> Request:
    """Return the key that a canonical text (`PK=a,SK=b`) names, with its attributes' types."""
    partition, sort = shape.key.partition, shape.key.sort
    values = shape.key.values_of(text)
    if values is None:
        expected = f"{partition}=…" + (f",{sort}=…" if sort else "")
        raise SettingInvalid(f"the recorded key {text!r} does not fit table {shape.name}, expected {expected}")
    return {name: _typed(shape, name, value) for name, value in zip(shape.key.names, values, strict=False)}


def _typed(shape: TableShape, name: str, value: str) -> Request:
    return {shape.attribute_types.get(name, "S"): value}


def _shape(shapes: Mapping[str, TableShape], table: str) -> TableShape:
    known = shapes.get(table)
    if known is None:
        raise SettingInvalid(
            f"table {table} of the trace does not exist at the target",
            remedy="deploy it there, or keep its calls out: rehearse calls --resource … --json > FILE",
        )
    return known


def _one(call: RecordedCall, shapes: Mapping[str, TableShape]) -> tuple[TableShape, Request]:
    table, text = call.items[0]
    shape = _shape(shapes, table)
    return shape, key_of(text, shape)


def _get(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    shape, key = _one(call, shapes)
    # Half a unit for 4 KB is an eventually consistent read; nobody told the units: SDKs' default.
    strong = bool(call.read_units) and float(call.read_units or 0) >= max(1, call.bytes_out // 4096)
    return {"TableName": shape.name, "Key": key, "ConsistentRead": strong}


def _put(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    shape, key = _one(call, shapes)
    empty: Request = {"TableName": shape.name, "Item": {**key, FILLER: {"S": ""}}}
    return empty | {"Item": {**key, FILLER: _filler(call.bytes_in - _length(empty))}}


def _update(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    shape, key = _one(call, shapes)
    asked: Request = {
        "TableName": shape.name,
        "Key": key,
        "UpdateExpression": f"SET {FILLER} = :filler",
        "ExpressionAttributeValues": {":filler": {"S": ""}},
    }
    return asked | {"ExpressionAttributeValues": {":filler": _filler(call.bytes_in - _length(asked))}}


def _delete(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    shape, key = _one(call, shapes)
    return {"TableName": shape.name, "Key": key}


def _query(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    table, text = call.items[0]
    shape = _shape(shapes, table)
    name, _, value = text.partition("=")
    asked: Request = {"TableName": shape.name}
    key: Key | None = shape.key if name == shape.key.partition else None
    if key is None:
        index = _index_on(shape, name)
        if index is None:
            raise SettingInvalid(f"the recorded query of {table} by {text!r} fits neither its key nor an index's")
        asked["IndexName"], key = index.name, index.key
    conditions, values = ["#p = :p"], {}
    if key.sort and f",{key.sort}=" in value:
        value, _, sort = value.rpartition(f",{key.sort}=")
        conditions.append("#s = :s")
        values[":s"] = _typed(shape, key.sort, sort)
    values[":p"] = _typed(shape, name, value)
    names = {"#p": name} | ({"#s": key.sort} if ":s" in values else {})
    return asked | {
        "KeyConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _index_on(shape: TableShape, attribute: str) -> IndexShape | None:
    return next((index for index in shape.indexes if index.key.partition == attribute), None)


def _scan(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    # What a recorded scan evaluated is not known: a page of about the size that it answered with.
    return {"TableName": _shape(shapes, call.items[0][0]).name, "Limit": max(1, min(1000, call.bytes_out // 200))}


def _batch_get(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    wanted: dict[str, Any] = {}
    for table, text in dict.fromkeys(call.items):  # AWS refuses a key that is named twice
        shape = _shape(shapes, table)
        wanted.setdefault(shape.name, {"Keys": []})["Keys"].append(key_of(text, shape))
    return {"RequestItems": wanted}


def _batch_write(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    wanted: dict[str, list[Any]] = {}
    for table, item in _items(call, shapes):
        wanted.setdefault(table, []).append({"PutRequest": {"Item": item}})
    return {"RequestItems": wanted}


def _transact_get(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    wanted = [(_shape(shapes, table), text) for table, text in dict.fromkeys(call.items)]
    return {"TransactItems": [{"Get": {"TableName": one.name, "Key": key_of(text, one)}} for one, text in wanted]}


def _transact_write(call: RecordedCall, shapes: Mapping[str, TableShape]) -> Request:
    puts = [{"Put": {"TableName": table, "Item": item}} for table, item in _items(call, shapes)]
    return {"TransactItems": puts}


def _items(call: RecordedCall, shapes: Mapping[str, TableShape]) -> list[tuple[str, Request]]:
    """Return whole items for a batch's or transaction's keys, its recorded size shared evenly among them."""
    items = dict.fromkeys(call.items)
    share = call.bytes_in // max(1, len(items))
    made = []
    for table, text in items:
        shape = _shape(shapes, table)
        key = key_of(text, shape)
        envelope = len(table) + 60 + _length({**key, FILLER: {"S": ""}})
        made.append((shape.name, {**key, FILLER: _filler(share - envelope)}))
    return made


def _filler(length: int) -> Request:
    return {"S": "x" * min(max(1, length), ITEM_BYTES_MAX)}


def _length(document: Request) -> int:
    return len(json.dumps(document))


_MAKERS = {
    "GetItem": _get,
    "PutItem": _put,
    "UpdateItem": _update,
    "DeleteItem": _delete,
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactGetItems": _transact_get,
    "TransactWriteItems": _transact_write,
}
