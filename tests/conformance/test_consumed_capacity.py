"""ConsumedCapacity is what AWS would charge. Source: DynamoDB developer guide, "DynamoDB read and write operations"."""

from typing import Any

import pytest

from tests.conformance.cloud import Cloud

TOTAL: dict[str, Any] = {"ReturnConsumedCapacity": "TOTAL"}
INDEXES: dict[str, Any] = {"ReturnConsumedCapacity": "INDEXES"}
NEGATIVE = "-1." + "1" * 37  # 21 bytes, as DynamoDB Local counts


def string(name: str) -> dict[str, str]:
    return {"AttributeName": name, "AttributeType": "S"}


def schema(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


@pytest.fixture
def table(cloud: Cloud) -> str:
    """A table with three items of 9 KB in one partition, a global index of all and a local one of keys."""
    name = cloud.name("units")
    cloud.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=schema("PK", "SK"),
        AttributeDefinitions=[string(one) for one in ("PK", "SK", "KIND", "AT")],
        GlobalSecondaryIndexes=[
            {"IndexName": "ByKind", "KeySchema": schema("KIND", "AT"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
        LocalSecondaryIndexes=[
            {"IndexName": "ByAt", "KeySchema": schema("PK", "AT"), "Projection": {"ProjectionType": "KEYS_ONLY"}}
        ],
    )
    for number in range(3):
        cloud.dynamodb.put_item(TableName=name, Item=item(number))
    return name


def item(number: int, **more: Any) -> dict[str, Any]:
    told = {"KIND": "k", "AT": f"{number}", "Text": "x" * 9000}
    return {**key(number), **{name: {"S": text} for name, text in told.items()}, **more}


def key(number: int) -> dict[str, Any]:
    return {"PK": {"S": "p"}, "SK": {"S": f"{number}"}}


def consumed(answer: dict[str, Any]) -> dict[str, Any]:
    told = answer["ConsumedCapacity"]
    return dict(told[0] if isinstance(told, list) else told)


@pytest.mark.mended("consumed_capacity")
@pytest.mark.parametrize(("consistent", "units"), [(True, 3.0), (False, 1.5)])
def test_read_costs_by_its_size(cloud: Cloud, table: str, consistent: bool, units: float) -> None:
    answer = cloud.dynamodb.get_item(TableName=table, Key=key(1), ConsistentRead=consistent, **INDEXES)

    assert consumed(answer) == {"TableName": table, "CapacityUnits": units, "Table": {"CapacityUnits": units}}


@pytest.mark.mended("consumed_capacity")
def test_batch_tells_what_each_item_costs(cloud: Cloud, table: str) -> None:
    request = {table: {"Keys": [key(0), key(1), key(9)], "ConsistentRead": True}}

    answer = cloud.dynamodb.batch_get_item(RequestItems=request, **INDEXES)

    assert consumed(answer) == {"TableName": table, "CapacityUnits": 7.0, "Table": {"CapacityUnits": 7.0}}


def page(**more: Any) -> dict[str, Any]:
    return {"ConsistentRead": True, **more}


@pytest.mark.mended("consumed_capacity")
@pytest.mark.parametrize(
    ("request_", "units"),
    [
        (page(), 7.0),
        (page(FilterExpression="attribute_exists(Nothing)"), 7.0),
        (page(Select="COUNT"), 7.0),
        (page(ProjectionExpression="SK"), 7.0),
        (page(Limit=2), 5.0),
    ],
    ids=["all", "filtered", "counted", "projected", "limited"],
)
@pytest.mark.parametrize("operation", ["query", "scan"])
def test_page_costs_what_it_evaluates(
    cloud: Cloud, table: str, operation: str, request_: dict[str, Any], units: float
) -> None:
    by_key = {"KeyConditionExpression": "PK = :pk", "ExpressionAttributeValues": {":pk": {"S": "p"}}}

    answer = getattr(cloud.dynamodb, operation)(
        TableName=table, **request_, **TOTAL, **(by_key if operation == "query" else {})
    )

    assert consumed(answer)["CapacityUnits"] == units


@pytest.mark.mended("consumed_capacity")
def test_local_index_fetches_from_its_table_when_all_is_asked_for(cloud: Cloud, table: str) -> None:
    answer = cloud.dynamodb.query(
        TableName=table,
        IndexName="ByAt",
        Select="ALL_ATTRIBUTES",
        ConsistentRead=True,
        KeyConditionExpression="PK = :pk",
        ExpressionAttributeValues={":pk": {"S": "p"}},
        **INDEXES,
    )

    told = consumed(answer)
    assert (told["CapacityUnits"], told["Table"]["CapacityUnits"]) == (10.0, 9.0)
    assert told["LocalSecondaryIndexes"] == {"ByAt": {"CapacityUnits": 1.0}}


def test_index_costs_its_entries_when_they_are_small(cloud: Cloud, table: str) -> None:
    answer = cloud.dynamodb.scan(TableName=table, IndexName="ByKind", **INDEXES)

    assert consumed(answer)["GlobalSecondaryIndexes"] == {"ByKind": {"CapacityUnits": 0.5}}


@pytest.mark.mended("consumed_capacity")
def test_transactional_read_costs_twice_by_its_size(cloud: Cloud, table: str) -> None:
    actions = [{"Get": {"TableName": table, "Key": key(number)}} for number in (0, 9)]

    told = consumed(cloud.dynamodb.transact_get_items(TransactItems=actions, **INDEXES))

    assert (told["CapacityUnits"], told["ReadCapacityUnits"]) == (8.0, 8.0)
    assert told["Table"] == {"CapacityUnits": 8.0, "ReadCapacityUnits": 8.0}
    assert "GlobalSecondaryIndexes" not in told


@pytest.mark.mended("consumed_capacity")
def test_transaction_tells_the_tables_part(cloud: Cloud, table: str) -> None:
    actions = [{"Put": {"TableName": table, "Item": item(5)}}]

    told = consumed(cloud.dynamodb.transact_write_items(TransactItems=actions, **INDEXES))

    assert told["Table"] == {"CapacityUnits": 18.0, "WriteCapacityUnits": 18.0}
    assert told["CapacityUnits"] == told["WriteCapacityUnits"] == 20.0


@pytest.mark.mended("consumed_capacity")
def test_repeated_transaction_reads_what_is_there(cloud: Cloud, table: str) -> None:
    actions = [{"Delete": {"TableName": table, "Key": key(2)}}]
    request = {"TransactItems": actions, "ClientRequestToken": cloud.name("token")[:36], **INDEXES}
    cloud.dynamodb.transact_write_items(**request)

    told = consumed(cloud.dynamodb.transact_write_items(**request))

    assert (told["CapacityUnits"], told["Table"]["ReadCapacityUnits"]) == (2.0, 2.0)


@pytest.mark.mended("consumed_capacity")
def test_number_has_at_most_21_bytes(cloud: Cloud) -> None:
    table = cloud.table()
    item = {"ID": {"S": "a"}, "N": {"N": NEGATIVE}, "Text": {"S": "x" * (1024 - len("IDaNText") - 21)}}

    assert consumed(cloud.dynamodb.put_item(TableName=table, Item=item, **TOTAL))["CapacityUnits"] == 1.0


@pytest.mark.mended("consumed_capacity")
def test_index_is_free_when_a_number_is_equal_but_written_otherwise(cloud: Cloud) -> None:
    name = cloud.name("numbers")
    cloud.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[string("ID"), string("KIND")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "ByKind",
                "KeySchema": [{"AttributeName": "KIND", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["Figure"]},
            }
        ],
    )
    cloud.dynamodb.execute_statement(
        Statement=f"INSERT INTO \"{name}\" VALUE {{'ID': 'a', 'KIND': 'k', 'Figure': ?}}",
        Parameters=[{"N": "01"}],
    )

    answer = cloud.dynamodb.update_item(
        TableName=name,
        Key={"ID": {"S": "a"}},
        UpdateExpression="SET Remark = :one",
        ExpressionAttributeValues={":one": {"S": "x"}},
        **TOTAL,
    )

    assert consumed(answer)["CapacityUnits"] == 1.0


@pytest.mark.parametrize("operation", ["get_item", "put_item"])
def test_nothing_is_told_when_nobody_asked(cloud: Cloud, table: str, operation: str) -> None:
    request = {"Key": key(0)} if operation == "get_item" else {"Item": item(0)}

    assert "ConsumedCapacity" not in getattr(cloud.dynamodb, operation)(TableName=table, **request)
