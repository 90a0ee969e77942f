"""ConsumedCapacity: what a call costs, as bills, throttles and hot partitions are reckoned from it."""

from typing import Any

from harness.doctor.examination import Examination
from harness.doctor.probe import broken_unless, probe

TOTAL = {"ReturnConsumedCapacity": "TOTAL"}
INDEX = {
    "IndexName": "ByKind",
    "KeySchema": [{"AttributeName": "Kind", "KeyType": "HASH"}],
    "Projection": {"ProjectionType": "ALL"},
}


@probe(
    "dynamodb.capacity-figures",
    "ConsumedCapacity is what AWS would charge",
    does="writes and reads items of known sizes, plain, in a transaction, and in a table with an index",
    documented="1 write unit a KB and index, 1 read unit per 4 KB (half if eventually consistent), twice that in a "
    "transaction",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html",
)
def capacity_figures(examination: Examination) -> str:
    client = examination.client("dynamodb")
    plain = examination.table()
    kinds = [{"AttributeName": "Kind", "AttributeType": "S"}]
    indexed = examination.table(AttributeDefinitions=kinds, GlobalSecondaryIndexes=[INDEX])
    big = {"ID": {"S": "big"}, "Text": {"S": "x" * 5000}}
    key = {"TableName": plain, "Key": {"ID": {"S": "big"}}}
    answers = {
        "a put of 100 bytes": (1.0, _put(client, plain, {"ID": {"S": "small"}, "Text": {"S": "x" * 90}})),
        "a put of 5 KB": (5.0, _put(client, plain, big)),
        "a consistent read of 5 KB": (2.0, client.get_item(**key, ConsistentRead=True, **TOTAL)),
        "an eventually consistent read of 5 KB": (1.0, client.get_item(**key, **TOTAL)),
        "a read of nothing": (0.5, client.get_item(TableName=plain, Key={"ID": {"S": "nobody"}}, **TOTAL)),
        "a put into a table with an index": (2.0, _put(client, indexed, {"ID": {"S": "a"}, "Kind": {"S": "k"}})),
        "a put that is in no index": (1.0, _put(client, indexed, {"ID": {"S": "b"}})),
        "a put of 5 KB in a transaction": (
            10.0,
            client.transact_write_items(
                TransactItems=[{"Put": {"TableName": plain, "Item": {**big, "ID": {"S": "b2"}}}}], **TOTAL
            ),
        ),
    }
    wrong = [
        f"{what} cost {_units(answer)}, expected {units}"
        for what, (units, answer) in answers.items()
        if _units(answer) != units
    ]
    broken_unless(not wrong, "; ".join(wrong))
    return f"{len(answers)} of {len(answers)} figures right"


def _put(client: Any, table: str, item: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = client.put_item(TableName=table, Item=item, **TOTAL)
    return answer


def _units(answer: dict[str, Any]) -> float | None:
    told = answer.get("ConsumedCapacity")
    first = told[0] if isinstance(told, list) and told else told
    return first.get("CapacityUnits") if isinstance(first, dict) else None
