"""What a DynamoDB call is about, read from its document alone: tables, and in them items or conditions on keys.

Which attributes of an item are its key is not known here: `Reader` asks `Tables` for that.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Literal, NamedTuple

from harness.edge.aws.partiql import read_statement
from harness.edge.tables import table_name

# Operations on items, but PartiQL's, which read or write as their statements say.
READS = frozenset({"GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
TARGETS_MAX = 128  # AWS allows 100 items in a transaction or batch
CONDITIONS_KEPT_MAX = 1000

Attributes = dict[str, Any]
Document = dict[str, Any]


class Mention(NamedTuple):
    """A table that a call is about, and what it tells of the item there.

    `attributes` are a whole "key", an "item" with the key inside, or a "condition" that pins some attributes.
    `index_name` is the one that is read, "" for the table itself.
    """

    table: str
    attributes: Attributes | None = None
    tells: Literal["key", "item", "condition"] = "key"
    index_name: str = ""


def mentions(operation: str, document: Document) -> list[Mention]:
    """Return what a call is about, in the order of its document; at most TARGETS_MAX.

    Raises KeyError, TypeError, AttributeError or ValueError for documents that make no sense.
    """
    if operation in _ONE_KEY:  # most calls, by far
        return [Mention(table_name(document["TableName"]), document["Key"])]
    read = _READERS.get(operation)
    if read is not None:
        return list(islice(read(document), TARGETS_MAX))
    return _table_only(document)


def _keyed(document: Document) -> Iterator[Mention]:
    yield Mention(table_name(document["TableName"]), document["Key"])


def _put(document: Document) -> Iterator[Mention]:
    yield Mention(table_name(document["TableName"]), document["Item"], "item")


def _batch_get(document: Document) -> Iterator[Mention]:
    for table, wanted in document["RequestItems"].items():
        for key in wanted["Keys"]:
            yield Mention(table_name(table), key)


def _batch_write(document: Document) -> Iterator[Mention]:
    for table, requests in document["RequestItems"].items():
        name = table_name(table)
        for request in requests:
            put = request.get("PutRequest")
            yield Mention(name, put["Item"], "item") if put else Mention(name, request["DeleteRequest"]["Key"])


def _transact(document: Document) -> Iterator[Mention]:
    for entry in document["TransactItems"]:
        for kind, action in entry.items():
            yield from (_put if kind == "Put" else _keyed)(action)


def _query(document: Document) -> Iterator[Mention]:
    pinned = _pinned(document)
    yield Mention(table_name(document["TableName"]), pinned or None, "condition", _index(document))


def _scan(document: Document) -> Iterator[Mention]:
    yield Mention(table_name(document["TableName"]), None, "condition", _index(document))


def _index(document: Document) -> str:
    index = document.get("IndexName")
    return index if isinstance(index, str) else ""


def _statement(document: Document) -> Iterator[Mention]:
    statement = read_statement(document["Statement"])
    if statement.table:
        attributes = statement.attributes(document.get("Parameters") or ())
        tells: Literal["item", "condition"] = "item" if statement.inserts else "condition"
        yield Mention(table_name(statement.table), attributes or None, tells, statement.index)


def _statements(member: str) -> Callable[[Document], Iterator[Mention]]:
    def read(document: Document) -> Iterator[Mention]:
        for entry in document[member]:
            yield from _statement(entry)

    return read


def _restored(document: Document) -> Iterator[Mention]:
    source = document.get("SourceTableName") or document.get("SourceTableArn") or document.get("BackupArn")
    for reference in (source, document.get("TargetTableName")):
        if reference:
            yield Mention(table_name(reference))


def _table_only(document: Document) -> list[Mention]:
    for member in _TABLE_MEMBERS:
        reference = document.get(member)
        if isinstance(reference, str) and reference:
            return [Mention(table_name(reference))]
    return []


_TABLE_MEMBERS = ("TableName", "TableArn", "BackupArn", "ResourceArn", "GlobalTableName", "StreamArn", "ExportArn")

_ONE_KEY = frozenset({"GetItem", "UpdateItem", "DeleteItem"})
_READERS: dict[str, Callable[[Document], Iterator[Mention]]] = {
    "PutItem": _put,
    "Query": _query,
    "Scan": _scan,
    "BatchGetItem": _batch_get,
    "BatchWriteItem": _batch_write,
    "TransactGetItems": _transact,
    "TransactWriteItems": _transact,
    "ExecuteStatement": _statement,
    "BatchExecuteStatement": _statements("Statements"),
    "ExecuteTransaction": _statements("TransactStatements"),
    "RestoreTableToPointInTime": _restored,
    "RestoreTableFromBackup": _restored,
}


def _pinned(document: Document) -> Attributes:
    """Return the attributes that a Query's key condition holds equal to something, in its order."""
    names, values = document.get("ExpressionAttributeNames") or {}, document.get("ExpressionAttributeValues") or {}
    expression = document.get("KeyConditionExpression")
    if expression:
        return {names.get(name, name): values[value] for name, value in _equalities(expression) if value in values}
    legacy = document.get("KeyConditions") or {}
    return {
        name: condition["AttributeValueList"][0]
        for name, condition in legacy.items()
        if condition.get("ComparisonOperator") == "EQ"
    }


# `name = :value` or `:value = name`, but not the tail of `<=`, `>=` or `<>`.
_EQUALITY = re.compile(r"([#\w.-]+)\s*(?<![<>])=\s*(:\w+)|(:\w+)\s*(?<![<>])=\s*([#\w.-]+)")


@lru_cache(maxsize=CONDITIONS_KEPT_MAX)
def _equalities(expression: str) -> tuple[tuple[str, str], ...]:
    """Return the (name, value placeholder) pairs of a key condition's equalities."""
    return tuple((name or other, value or first) for name, value, first, other in _EQUALITY.findall(expression))
