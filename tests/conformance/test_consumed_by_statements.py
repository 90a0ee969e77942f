"""PartiQL costs what the operations cost that do the same."""
# ruff: noqa: S608 - the names in these statements are those of our own tables

from typing import Any

import pytest

from tests.conformance.cloud import Cloud

INDEXES: dict[str, Any] = {"ReturnConsumedCapacity": "INDEXES"}


@pytest.fixture
def table(cloud: Cloud) -> str:
    """A table with a global index, and two items of 5 KB in it."""
    name = cloud.name("statements")
    cloud.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in ("ID", "KIND")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "ByKind",
                "KeySchema": [{"AttributeName": "KIND", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for identifier in "ab":
        item = {"ID": {"S": identifier}, "KIND": {"S": "k"}, "Text": {"S": "x" * 5000}}
        cloud.dynamodb.put_item(TableName=name, Item=item)
    return name


def consumed(answer: dict[str, Any]) -> dict[str, Any]:
    told = answer["ConsumedCapacity"]
    return dict(told[0] if isinstance(told, list) else told)


def parts(told: dict[str, Any]) -> tuple[float, float, float]:
    """Return the sum, the table's part, and the index's."""
    index = told.get("GlobalSecondaryIndexes", {}).get("ByKind", {"CapacityUnits": 0.0})
    return told["CapacityUnits"], told["Table"]["CapacityUnits"], index["CapacityUnits"]


@pytest.mark.mended("consumed_by_statements")
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM \"{}\" WHERE ID = 'a'", (2.0, 2.0, 0.0)),
        ("SELECT * FROM \"{}\" WHERE ID = 'a' AND KIND = 'other'", (2.0, 2.0, 0.0)),
        ('SELECT * FROM "{}"', (3.0, 3.0, 0.0)),
        ("UPDATE \"{}\" SET KIND = 'l' WHERE ID = 'a'", (15.0, 5.0, 10.0)),
        ("DELETE FROM \"{}\" WHERE ID = 'a'", (10.0, 5.0, 5.0)),
        ("INSERT INTO \"{}\" VALUE {{'ID': 'c', 'KIND': 'k'}}", (2.0, 1.0, 1.0)),
    ],
    ids=["item", "filtered", "scan", "update", "delete", "insert"],
)
def test_statement_costs_by_its_items(
    cloud: Cloud, table: str, text: str, expected: tuple[float, float, float]
) -> None:
    answer = cloud.dynamodb.execute_statement(Statement=text.format(table), ConsistentRead=True, **INDEXES)

    assert parts(consumed(answer)) == expected


@pytest.mark.mended("consumed_by_statements")
def test_select_from_an_index_costs_its_entries(cloud: Cloud, table: str) -> None:
    text = f'SELECT ID FROM "{table}"."ByKind" WHERE KIND = \'k\''

    assert parts(consumed(cloud.dynamodb.execute_statement(Statement=text, **INDEXES))) == (1.5, 0.0, 1.5)


@pytest.mark.mended("consumed_by_statements")
def test_batch_costs_each_statement_when_one_fails(cloud: Cloud, table: str) -> None:
    statements = [
        {"Statement": f"INSERT INTO \"{table}\" VALUE {{'ID': 'a'}}"},  # is there: its size is charged
        {"Statement": f"INSERT INTO \"{table}\" VALUE {{'ID': 'c', 'KIND': 'k'}}"},
    ]

    answer = cloud.dynamodb.batch_execute_statement(Statements=statements, **INDEXES)

    assert [one.get("Error", {}).get("Code") for one in answer["Responses"]] == ["DuplicateItem", None]
    assert parts(consumed(answer)) == (7.0, 6.0, 1.0)


@pytest.mark.mended("consumed_by_statements")
def test_transaction_of_reads_costs_reads(cloud: Cloud, table: str) -> None:
    statements = [{"Statement": f"SELECT * FROM \"{table}\" WHERE ID = '{one}'"} for one in "ab"]

    told = consumed(cloud.dynamodb.execute_transaction(TransactStatements=statements, **INDEXES))

    assert parts(told) == (8.0, 8.0, 0.0)
    assert (told["ReadCapacityUnits"], told.get("WriteCapacityUnits")) == (8.0, None)


@pytest.mark.mended("consumed_by_statements")
def test_transaction_of_writes_costs_indexes_and_reads_when_repeated(cloud: Cloud, table: str) -> None:
    request = {
        "TransactStatements": [{"Statement": f"DELETE FROM \"{table}\" WHERE ID = 'a'"}],
        "ClientRequestToken": cloud.name("token")[:36],
        **INDEXES,
    }

    first, again = (consumed(cloud.dynamodb.execute_transaction(**request)) for _ in range(2))

    assert parts(first) == (15.0, 10.0, 5.0)
    assert (again["ReadCapacityUnits"], again["Table"]["CapacityUnits"]) == (2.0, 2.0)
