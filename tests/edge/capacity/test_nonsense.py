"""Whatever a request holds, it is the engine's to refuse: capacity neither fails nor charges it."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.edge.capacity.world import World, code_of, index, throughput
from tests.edge.capacity.world import table as description

KEY = {"PK": {"S": "a"}}
QUERY = {
    "TableName": "wallets",
    "IndexName": "by-owner",
    "KeyConditionExpression": "#o = :o",
    "ExpressionAttributeNames": {"#o": "Owner"},
    "ExpressionAttributeValues": {":o": {"S": "o"}},
    "ExclusiveStartKey": {"PK": {"S": "a"}, "Owner": {"S": "o"}},
}
UPDATE = {
    "TableName": "wallets",
    "Key": KEY,
    "UpdateExpression": "SET #o = :o, n = n + :o REMOVE x",
    "ExpressionAttributeNames": {"#o": "Owner"},
    "ExpressionAttributeValues": {":o": {"S": "o"}},
    "AttributeUpdates": {"a": {"Action": "PUT", "Value": {"S": "x"}}},
}
STATEMENT = {"Statement": "SELECT * FROM wallets WHERE PK = ?", "Parameters": [{"S": "a"}]}
PUT = {"TableName": "wallets", "Item": {**KEY, "Owner": {"S": "o"}, "l": {"L": [{"N": "1"}]}}}
DOCUMENTS: dict[str, dict[str, Any]] = {
    "GetItem": {"TableName": "wallets", "Key": KEY, "ConsistentRead": True},
    "PutItem": PUT,
    "UpdateItem": UPDATE,
    "DeleteItem": {"TableName": "wallets", "Key": KEY},
    "Query": QUERY,
    "Scan": {"TableName": "wallets", "Segment": 1, "TotalSegments": 2},
    "BatchGetItem": {"RequestItems": {"wallets": {"Keys": [KEY]}}},
    "BatchWriteItem": {"RequestItems": {"wallets": [{"PutRequest": {"Item": KEY}}, {"DeleteRequest": {"Key": KEY}}]}},
    "TransactGetItems": {"TransactItems": [{"Get": {"TableName": "wallets", "Key": KEY}}]},
    "TransactWriteItems": {"TransactItems": [{"Put": PUT}, {"Update": UPDATE}], "ClientRequestToken": "t"},
    "ExecuteStatement": STATEMENT,
    "BatchExecuteStatement": {"Statements": [STATEMENT]},
    "ExecuteTransaction": {"TransactStatements": [STATEMENT]},
}
NONSENSE: tuple[Any, ...] = (None, 0, -1, 1.5, True, "", "x", [], {}, [[]], {"S": 1}, {"N": "x"}, {"B": "="}, {"Q": {}})


@pytest.fixture
def world() -> Iterator[World]:
    world = World({})
    by_owner = index("by-owner", "Owner", **throughput(100, 100))
    world.engine.make(description(GlobalSecondaryIndexes=[by_owner]))
    world.engine.answers_with = ("ValidationException", 400)
    yield world
    world.end()


@pytest.mark.parametrize("operation", DOCUMENTS)
def test_the_engine_refuses_what_makes_no_sense_when_any_part_of_a_request_is_something_else(
    world: World, operation: str
) -> None:
    for document in mutilated(DOCUMENTS[operation]):
        answer = world.ask(operation, document)

        assert code_of(answer) == "ValidationException", document
        assert world.last is not None
        assert world.last.marks.get("capacity", {"read_units": 0.0, "write_units": 0.0}) == {
            "read_units": 0.0,
            "write_units": 0.0,
        }


def mutilated(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the document with each of its parts in turn taken away or replaced by nonsense."""
    for path in paths(document):
        for value in NONSENSE:
            changed = copy.deepcopy(document)
            place = parent(changed, path)
            place[path[-1]] = copy.deepcopy(value)
            yield changed
        changed = copy.deepcopy(document)
        place = parent(changed, path)
        del place[path[-1]]
        yield changed


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the paths to all parts of a document."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*path, name)
        yield from paths(part, (*path, name))


def parent(document: Any, path: tuple[Any, ...]) -> Any:
    """Return what holds the part at the end of a path."""
    for name in path[:-1]:
        document = document[name]
    return document
