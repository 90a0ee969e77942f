"""What a DynamoDB data call asks of capacity: one entry for each item that it names, and for each query or scan.

Read from the document alone, in its order. Which attributes are a table's key is not known here.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

from harness.edge.aws.items import mentions
from harness.edge.aws.partiql import read_statement
from harness.edge.tables import table_name

Document = dict[str, Any]
Kind = Literal["get", "query", "scan", "select", "put", "update", "delete", "check"]
_NOTHING: Document = {}


class Ask(NamedTuple):
    """One access: `about` is the item that is put, or the attributes that the request pins (its key, usually).

    A "check" is a transaction's condition, which writes nothing and is charged like a write. A "select" is PartiQL's:
    a get, a query or a scan, as far as its condition pins the key. `said` is the part of the request that asks.
    """

    kind: Kind
    table: str
    about: Document
    said: Document
    index_name: str = ""
    consistent: bool = False
    transactional: bool = False

    @property
    def is_write(self) -> bool:
        """Whether it is paid in write units."""
        return self.kind in _WRITES

    @property
    def puts_whole(self) -> bool:
        """Whether `about` is the item as it will be: a statement's may not tell all of it."""
        return self.kind == "put" and "Statement" not in self.said


_WRITES = frozenset({"put", "update", "delete", "check"})


def asks_of(operation: str, document: Document) -> list[Ask]:
    """Return what a call asks, () for calls that cost nothing.

    Raises KeyError, TypeError, AttributeError or ValueError for documents that make no sense.
    """
    read = _READERS.get(operation)
    return read(document) if read is not None else []


def _get(document: Document) -> list[Ask]:
    consistent = document.get("ConsistentRead") is True
    return [Ask("get", table_name(document["TableName"]), _item(document["Key"]), document, "", consistent)]


def _put(document: Document) -> list[Ask]:
    return [Ask("put", table_name(document["TableName"]), _item(document["Item"]), document)]


def _update(document: Document) -> list[Ask]:
    return [Ask("update", table_name(document["TableName"]), _item(document["Key"]), document)]


def _delete(document: Document) -> list[Ask]:
    return [Ask("delete", table_name(document["TableName"]), _item(document["Key"]), document)]


def _query(document: Document) -> list[Ask]:
    (mention,) = mentions("Query", document)
    index = document.get("IndexName") or ""
    consistent = document.get("ConsistentRead") is True
    return [Ask("query", mention.table, mention.attributes or _NOTHING, document, index, consistent)]


def _scan(document: Document) -> list[Ask]:
    index = document.get("IndexName") or ""
    consistent = document.get("ConsistentRead") is True
    return [Ask("scan", table_name(document["TableName"]), _NOTHING, document, index, consistent)]


def _batch_get(document: Document) -> list[Ask]:
    return [
        Ask("get", table_name(table), _item(key), wanted, "", wanted.get("ConsistentRead") is True)
        for table, wanted in document["RequestItems"].items()
        for key in wanted["Keys"]
    ]


def _batch_write(document: Document) -> list[Ask]:
    asks = []
    for table, requests in document["RequestItems"].items():
        name = table_name(table)
        for request in requests:
            put = request.get("PutRequest")
            if put:
                asks.append(Ask("put", name, _item(put["Item"]), request))
            else:
                asks.append(Ask("delete", name, _item(request["DeleteRequest"]["Key"]), request))
    return asks


def _transact_get(document: Document) -> list[Ask]:
    return [
        Ask("get", table_name(entry["Get"]["TableName"]), _item(entry["Get"]["Key"]), entry["Get"], "", True, True)
        for entry in document["TransactItems"]
    ]


_ACTIONS: Mapping[str, tuple[Kind, str]] = {
    "Put": ("put", "Item"),
    "Update": ("update", "Key"),
    "Delete": ("delete", "Key"),
    "ConditionCheck": ("check", "Key"),
}


def _transact_write(document: Document) -> list[Ask]:
    asks = []
    for entry in document["TransactItems"]:
        ((name, action),) = entry.items()
        kind, member = _ACTIONS[name]
        asks.append(Ask(kind, table_name(action["TableName"]), _item(action[member]), action, transactional=True))
    return asks


def _statement(document: Document, *, transactional: bool = False) -> Ask:
    statement = read_statement(document["Statement"])
    verb = document["Statement"].split(None, 1)[0].upper()
    kind = _VERBS.get(verb)
    if kind is None or not statement.table:
        raise ValueError("the statement is none")
    pinned = statement.attributes(document.get("Parameters") or ())
    consistent = transactional or document.get("ConsistentRead") is True
    named = _INDEX.search(document["Statement"]) if kind == "select" else None
    index = (named[1] or named[2]) if named is not None else ""
    return Ask(kind, table_name(statement.table), pinned, document, index, consistent, transactional)


# SELECT … FROM "Table"."Index"
_INDEX = re.compile(r"""\bFROM\s+(?:"[^"]+"|[\w-]+)\s*\.\s*(?:"([^"]+)"|([\w-]+))""", re.IGNORECASE)
_VERBS: Mapping[str, Kind] = {"SELECT": "select", "INSERT": "put", "UPDATE": "update", "DELETE": "delete"}


def _execute(document: Document) -> list[Ask]:
    return [_statement(document)]


def _batch_execute(document: Document) -> list[Ask]:
    return [_statement(one) for one in document["Statements"]]


def _execute_transaction(document: Document) -> list[Ask]:
    return [_statement(one, transactional=True) for one in document["TransactStatements"]]


def _item(value: Any) -> Document:
    if not isinstance(value, dict):
        raise TypeError("an item is no object")
    return value


_READERS: Mapping[str, Callable[[Document], list[Ask]]] = {
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
    "ExecuteStatement": _execute,
    "BatchExecuteStatement": _batch_execute,
    "ExecuteTransaction": _execute_transaction,
}
OPERATIONS = frozenset(_READERS)
