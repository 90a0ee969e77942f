"""Which items a call is about to write."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.edge.aws.partiql import read_statement
from harness.edge.call import Call, Namespace
from harness.edge.changes import Item
from harness.edge.journal.keys import identity
from harness.edge.locks import Name
from harness.edge.tables import KeySchema, Tables, table_name

_STATEMENTS = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}
_WRITING = frozenset({"INSERT", "UPDATE", "DELETE"})


@dataclass(frozen=True, slots=True)
class Spot:
    """The place of one item: equal for equal keys, however their numbers are written."""

    namespace: Namespace
    table: str
    text: str
    key: Item
    schema: KeySchema

    @property
    def name(self) -> Name:
        """Return what the spot's lock is called by."""
        return (self.namespace.account, self.namespace.region, self.table, self.text)


@dataclass(frozen=True, slots=True)
class Aim:
    """All that a call may write: single items, and tables of which nobody can tell which items."""

    spots: tuple[Spot, ...] = ()
    tables: tuple[tuple[str, KeySchema], ...] = ()


def spot_in(namespace: Namespace, table: str, schema: KeySchema, item: Any) -> Spot | None:
    """Return the place of an item, None when it lacks a part of the key or has it in no form that is one."""
    try:
        key = schema.key_of(item)
        text = identity(key)
    except (KeyError, TypeError, AttributeError, ValueError):
        return None
    return Spot(namespace, table, text, key, schema)


def placed(namespace: Namespace, schemas: Mapping[str, KeySchema], items: Mapping[Name, Item]) -> list[Spot]:
    """Return the places of items that are known by the names of their places."""
    found = (spot_in(namespace, name[2], schemas[name[2]], item) for name, item in items.items())
    return [spot for spot in found if spot is not None]


async def aim_of(call: Call, tables: Tables) -> Aim:
    """Return what a writing call of several items, or of PartiQL, may write."""
    spots: dict[Name, Spot] = {}
    whole: dict[str, KeySchema] = {}
    for reference, item, is_statement in _written(call.operation, call.document):
        table = table_name(reference) if isinstance(reference, str) else ""
        schema = await tables.schema(call.namespace, table) if table else None
        if schema is None:
            continue  # there is no such table, which the engine will say
        spot = spot_in(call.namespace, table, schema, item)
        if spot is not None:
            spots[spot.name] = spot
        elif is_statement:
            whole[table] = schema
    return Aim(tuple(spots.values()), tuple(whole.items()))


def _written(operation: str, document: dict[str, Any]) -> Iterator[tuple[Any, Any, bool]]:
    """Give each write of a document: its table, attributes with the key among them, and whether it is a statement."""
    if operation == "BatchWriteItem":
        for table, requests in _dict(document.get("RequestItems")).items():
            for request in _dicts(requests):
                put, delete = _dict(request.get("PutRequest")), _dict(request.get("DeleteRequest"))
                yield table, put.get("Item") or delete.get("Key"), False
    elif operation == "TransactWriteItems":
        for action in _dicts(document.get("TransactItems")):
            for kind, part in action.items():
                if kind != "ConditionCheck":
                    yield _dict(part).get("TableName"), _dict(part).get("Item") or _dict(part).get("Key"), False
    else:
        texts = [document] if operation == "ExecuteStatement" else _dicts(document.get(_STATEMENTS[operation]))
        for one in texts:
            text, parameters = one.get("Statement"), one.get("Parameters")
            if isinstance(text, str) and text.lstrip()[:6].upper() in _WRITING:
                statement = read_statement(text)
                given = parameters if isinstance(parameters, list) else ()
                yield statement.table, statement.attributes(given), True


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _dicts(values: Any) -> list[dict[str, Any]]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
