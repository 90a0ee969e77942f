"""ConsumedCapacity: what a call costs, as bills, throttles and hot partitions are reckoned from it."""

from typing import Any, NamedTuple

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

TOTAL = {"ReturnConsumedCapacity": "TOTAL"}
INDEXES = {"ReturnConsumedCapacity": "INDEXES"}
INDEX = {
    "IndexName": "ByKind",
    "KeySchema": [{"AttributeName": "Kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}
KINDS = [{"AttributeName": "Kind", "AttributeType": "S"}]
BIG = {"ID": {"S": "big"}, "Text": {"S": "x" * 5000}}

Figures = dict[str, tuple[float | None, float]]  # what was asked: what was told, what AWS would


class _Asked(NamedTuple):
    client: Any
    plain: str
    indexed: str


@probe(
    "dynamodb.capacity-figures",
    "ConsumedCapacity is what AWS would charge",
    does="writes and reads items of known sizes: alone, in batches, in pages, through an index, in transactions and by "
    "PartiQL",
    documented="1 write unit a KB and index, 1 read unit per 4 KB (half if eventually consistent), twice that in a "
    "transaction; batches round each item, Query and Scan their sum; a filter saves nothing",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html",
)
def capacity_figures(examination: Examination) -> str:
    client = examination.client("dynamodb")
    indexed = examination.table(AttributeDefinitions=KINDS, GlobalSecondaryIndexes=[INDEX])
    asked = _Asked(client, examination.table(), indexed)
    figures = {**_writes(asked), **_reads(asked), **_pages(asked), **_transactions(asked), **_statements(asked)}
    wrong = [f"{what} cost {told}, expected {units}" for what, (told, units) in figures.items() if told != units]
    broken_unless(not wrong, "; ".join(wrong))
    return f"{len(figures)} of {len(figures)} figures right"


def _writes(asked: _Asked) -> Figures:
    client, plain, indexed = asked
    moved = client.put_item(TableName=indexed, Item={"ID": {"S": "a"}, "Kind": {"S": "k"}}, **INDEXES)
    again = client.put_item(TableName=indexed, Item={"ID": {"S": "a"}, "Kind": {"S": "l"}}, **INDEXES)
    batch = {plain: [{"PutRequest": {"Item": {"ID": {"S": "c"}, "Text": {"S": "x" * 1500}}}}]}
    return {
        "a put of 100 bytes": (_put(client, plain, {"ID": {"S": "small"}, "Text": {"S": "x" * 90}}), 1.0),
        "a put of 5 KB": (_put(client, plain, BIG), 5.0),
        "a put into a table with an index": (_units(moved), 2.0),
        "a put that moves an index's entry": (_units(again), 3.0),
        "that put's index alone": (_part(again, "GlobalSecondaryIndexes", "ByKind"), 2.0),
        "a put that is in no index": (_put(client, indexed, {"ID": {"S": "b"}}), 1.0),
        "a batch's put of 1.5 KB": (_units(client.batch_write_item(RequestItems=batch, **TOTAL)), 2.0),
    }


def _reads(asked: _Asked) -> Figures:
    client, plain, _ = asked
    key = {"TableName": plain, "Key": {"ID": {"S": "big"}}}
    batch = {plain: {"Keys": [{"ID": {"S": one}} for one in ("big", "small")], "ConsistentRead": True}}
    nobody = client.get_item(TableName=plain, Key={"ID": {"S": "nobody"}}, **TOTAL)
    return {
        "a consistent read of 5 KB": (_units(client.get_item(**key, ConsistentRead=True, **TOTAL)), 2.0),
        "an eventually consistent read of 5 KB": (_units(client.get_item(**key, **TOTAL)), 1.0),
        "a read of nothing": (_units(nobody), 0.5),
        "a batch's consistent reads of 5 KB and 100 bytes": (
            _units(client.batch_get_item(RequestItems=batch, **TOTAL)),
            3.0,
        ),
    }


def _pages(asked: _Asked) -> Figures:
    client, plain, indexed = asked
    by_key: dict[str, Any] = {
        "KeyConditionExpression": "ID = :id",
        "ExpressionAttributeValues": {":id": {"S": "big"}},
        "ConsistentRead": True,
    }
    by_kind: dict[str, Any] = {
        "IndexName": "ByKind",
        "KeyConditionExpression": "Kind = :kind",
        "ExpressionAttributeValues": {":kind": {"S": "l"}},
    }
    filtered = {"FilterExpression": "attribute_exists(Nothing)", "ConsistentRead": True}
    through = client.query(TableName=indexed, **by_kind, **INDEXES)
    return {
        "a query of 5 KB": (_units(client.query(TableName=plain, **by_key, **TOTAL)), 2.0),
        "a query through an index": (_part(through, "GlobalSecondaryIndexes", "ByKind"), 0.5),
        "a scan of 6.6 KB that filters all": (_units(client.scan(TableName=plain, **filtered, **TOTAL)), 2.0),
    }


def _transactions(asked: _Asked) -> Figures:
    client, plain, _ = asked
    put = [{"Put": {"TableName": plain, "Item": {**BIG, "ID": {"S": "b2"}}}}]
    get = [{"Get": {"TableName": plain, "Key": {"ID": {"S": "big"}}}}]
    return {
        "a put of 5 KB in a transaction": (_units(client.transact_write_items(TransactItems=put, **TOTAL)), 10.0),
        "a read of 5 KB in a transaction": (_units(client.transact_get_items(TransactItems=get, **TOTAL)), 4.0),
    }


def _statements(asked: _Asked) -> Figures:
    client, plain, _ = asked
    text = f'SELECT * FROM "{plain}" WHERE ID = ?'  # noqa: S608 - the table is the probe's own
    told = client.execute_statement(Statement=text, Parameters=[{"S": "big"}], ConsistentRead=True, **TOTAL)
    return {"a statement's consistent read of 5 KB": (_units(told), 2.0)}


def _put(client: Any, table: str, item: dict[str, Any]) -> float | None:
    return _units(client.put_item(TableName=table, Item=item, **TOTAL))


def _units(answer: dict[str, Any]) -> float | None:
    units: float | None = _told(answer).get("CapacityUnits")
    return units


def _part(answer: dict[str, Any], kind: str, index: str) -> float | None:
    part: dict[str, Any] = (_told(answer).get(kind) or {}).get(index) or {}
    return part.get("CapacityUnits")


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    told = answer.get("ConsumedCapacity")
    first = told[0] if isinstance(told, list) and told else told
    return first if isinstance(first, dict) else {}
