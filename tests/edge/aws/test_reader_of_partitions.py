"""A DynamoDB call tells every partition that it names: of tables and indexes, in keys, items, conditions and pages."""

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from harness.edge.call import Answer, Call, Partition
from tests.edge.aws.reading import Upstream, read, sent

TABLE = "Bookings"
MINE, OTHER = {"S": "TENANT#1"}, {"S": "TENANT#2"}
SORT = {"S": "BOOKING#1"}
KEY = {"PK": MINE, "SK": SORT}
DESCRIBED = {
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "GlobalSecondaryIndexes": [
        {"IndexName": "GSI1", "KeySchema": [{"AttributeName": "GSI1PK", "KeyType": "HASH"}]},
        {
            "IndexName": "GSI2",
            "KeySchema": [
                {"AttributeName": "GSI2PK", "KeyType": "HASH"},
                {"AttributeName": "GSI2SK", "KeyType": "RANGE"},
            ],
        },
    ],
}
OWN = Partition(TABLE, "", "PK=TENANT#1", "key")
OTHERS = Partition(TABLE, "", "PK=TENANT#2", "key")


class Described(Upstream):
    """Knows the indexes of one more table."""

    async def __call__(self, call: Call) -> Answer:
        if call.document["TableName"] == TABLE:
            return Answer(200, [], orjson.dumps({"Table": DESCRIBED}))
        return await super().__call__(call)


def partitions(action: Callable[[Any], object]) -> list[Partition]:
    return list(read(sent("dynamodb", action), Described()).partitions)


@pytest.mark.parametrize("name", ["get_item", "delete_item", "update_item"])
def test_partition_is_that_of_the_key_when_a_call_is_about_one_item(name: str) -> None:
    assert partitions(lambda client: getattr(client, name)(TableName=TABLE, Key=KEY)) == [OWN]


def test_partitions_of_indexes_are_told_when_an_item_is_put() -> None:
    item = {**KEY, "GSI1PK": OTHER, "GSI2SK": SORT}

    assert partitions(lambda client: client.put_item(TableName=TABLE, Item=item)) == [
        OWN._replace(by="item"),
        Partition(TABLE, "GSI1", "GSI1PK=TENANT#2", "item"),
    ]


def test_every_partition_is_told_once_when_a_transaction_names_several() -> None:
    items = [{"Put": {"TableName": TABLE, "Item": {**KEY, "SK": {"S": f"CLAIM#{number}"}}}} for number in range(30)] + [
        {"ConditionCheck": {"TableName": TABLE, "Key": {**KEY, "PK": OTHER}, "ConditionExpression": "a = b"}}
    ]

    assert partitions(lambda client: client.transact_write_items(TransactItems=items)) == [
        OWN._replace(by="item"),
        OTHERS,
    ]


def test_every_partition_is_told_when_a_batch_names_several() -> None:
    keys = {TABLE: {"Keys": [KEY, {**KEY, "PK": OTHER}]}, "Wallets": {"Keys": [{"UserID": MINE}]}}

    assert partitions(lambda client: client.batch_get_item(RequestItems=keys)) == [
        OWN,
        OTHERS,
        Partition("Wallets", "", "UserID=TENANT#1", "key"),
    ]


@pytest.mark.parametrize(
    ("index", "condition", "expected"),
    [
        ({}, "PK = :p", Partition(TABLE, "", "PK=TENANT#1", "condition")),
        ({}, "SK = :s AND PK = :p", Partition(TABLE, "", "PK=TENANT#1", "condition")),
        ({"IndexName": "GSI1"}, "GSI1PK = :p", Partition(TABLE, "GSI1", "GSI1PK=TENANT#1", "condition")),
        (
            {"IndexName": "GSI2"},
            "GSI2SK = :s AND GSI2PK = :p",
            Partition(TABLE, "GSI2", "GSI2PK=TENANT#1", "condition"),
        ),
        ({}, "SK = :s AND begins_with(PK, :p)", Partition(TABLE, "", "SK=BOOKING#1", "condition")),
    ],
)
def test_partition_is_that_of_the_condition_when_a_query_pins_it(
    index: dict[str, str], condition: str, expected: Partition
) -> None:
    values = {name: value for name, value in {":p": MINE, ":s": SORT}.items() if name in condition}

    asked = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, **index}

    assert partitions(lambda client: client.query(TableName=TABLE, **asked)) == [expected]


def test_partitions_of_the_page_are_told_when_a_query_goes_on_elsewhere() -> None:
    asked = {
        "IndexName": "GSI1",
        "KeyConditionExpression": "GSI1PK = :p",
        "ExpressionAttributeValues": {":p": MINE},
        "ExclusiveStartKey": {"GSI1PK": OTHER, "PK": OTHER, "SK": SORT},
    }

    assert partitions(lambda client: client.query(TableName=TABLE, **asked)) == [
        Partition(TABLE, "GSI1", "GSI1PK=TENANT#1", "condition"),
        Partition(TABLE, "", "PK=TENANT#2", "start"),
        Partition(TABLE, "GSI1", "GSI1PK=TENANT#2", "start"),
    ]


def test_scan_is_told_as_such_when_a_call_reads_all() -> None:
    assert partitions(lambda client: client.scan(TableName=TABLE, IndexName="GSI1")) == [
        Partition(TABLE, "GSI1", "", "scan")
    ]


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ('SELECT * FROM "Bookings" WHERE "PK" = ?', Partition(TABLE, "", "PK=TENANT#1", "condition")),
        ('SELECT * FROM "Bookings"."GSI1" WHERE GSI1PK = ?', Partition(TABLE, "GSI1", "GSI1PK=TENANT#1", "condition")),
        ('SELECT * FROM "Bookings" WHERE "SK" = ?', Partition(TABLE, "", "", "scan")),
        ('SELECT * FROM "Bookings" WHERE "PK" = ? OR "SK" = ?', Partition(TABLE, "", "", "scan")),
    ],
)
def test_statement_is_a_scan_when_it_pins_no_partition(statement: str, expected: Partition) -> None:
    def run(client: Any) -> object:
        return client.execute_statement(Statement=statement, Parameters=[MINE] * statement.count("?"))

    assert partitions(run) == [expected]


def test_nothing_is_told_when_a_document_makes_no_sense() -> None:
    assert partitions(lambda client: client.get_item(TableName=TABLE, Key={"PK": {}, "SK": {}})) == []


def test_no_partition_is_told_when_a_call_is_about_a_whole_table() -> None:
    assert partitions(lambda client: client.describe_table(TableName=TABLE)) == []
