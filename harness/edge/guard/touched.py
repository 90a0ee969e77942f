"""Which tables a DynamoDB call touches, and whether it must be alone on them."""

from collections.abc import Iterable, Iterator
from typing import Any

from harness.edge.aws.partiql import read_statement
from harness.edge.tables import table_name

# A transactional read is a snapshot, so no write may come between its items.
ALONE = frozenset({"TransactWriteItems", "TransactGetItems", "ExecuteTransaction", "DeleteTable"})
_ONE_TABLE = frozenset({"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "DeleteTable"})
_BY_TABLE = frozenset({"BatchGetItem", "BatchWriteItem"})
_TRANSACTIONS = frozenset({"TransactWriteItems", "TransactGetItems"})
GUARDED = _ONE_TABLE | _BY_TABLE | _TRANSACTIONS | {"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"}


def tables_of(operation: str, document: dict[str, Any]) -> set[str]:
    """Return the names of the tables that a call reads or writes; what makes no sense is left to the engine."""
    return {table_name(name) for name in _named(operation, document) if isinstance(name, str) and name}


def _named(operation: str, document: dict[str, Any]) -> Iterator[Any]:
    if operation in _ONE_TABLE:
        yield document.get("TableName")
    elif operation in _BY_TABLE:
        requests = document.get("RequestItems")
        yield from requests if isinstance(requests, dict) else ()
    elif operation in _TRANSACTIONS:
        for action in _objects(document.get("TransactItems")):
            for part in _objects(action.values()):
                yield part.get("TableName")
    elif operation == "ExecuteStatement":
        yield _table_in(document.get("Statement"))
    else:
        statements = "Statements" if operation == "BatchExecuteStatement" else "TransactStatements"
        for statement in _objects(document.get(statements)):
            yield _table_in(statement.get("Statement"))


def _table_in(text: Any) -> str:
    return read_statement(text).table if isinstance(text, str) else ""


def _objects(values: Any) -> Iterable[dict[str, Any]]:
    if not isinstance(values, Iterable) or isinstance(values, (str, dict)):
        return ()
    return (value for value in values if isinstance(value, dict))
