"""Charges fall where the items lie: pages where they begin, index entries in their index."""

from decimal import Decimal
from typing import Any

import pytest

from harness.capacity.charge import POSITIONS, Place
from harness.capacity.shape import TableShape, shape_of
from harness.capacity.units import place_of
from harness.edge.capacity.asks import asks_of
from harness.edge.capacity.charging import NONSENSE, expected
from harness.edge.capacity.seen import Seen

SHAPE = shape_of(
    {
        "TableName": "events",
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "At", "KeyType": "RANGE"}],
        "AttributeDefinitions": [
            {"AttributeName": "PK", "AttributeType": "S"},
            {"AttributeName": "At", "AttributeType": "N"},
            {"AttributeName": "Day", "AttributeType": "S"},
        ],
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "Day", "KeyType": "HASH"}, {"AttributeName": "At", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        "LocalSecondaryIndexes": [
            {
                "IndexName": "local",
                "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "Day", "KeyType": "RANGE"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    }
)
VALUES = {":p": {"S": "a"}, ":n": {"N": "7"}, ":m": {"N": "9"}}
ITEM = {"PK": {"S": "a"}, "At": {"N": "7"}}


def charged(operation: str, document: dict[str, Any], shape: TableShape = SHAPE) -> list[tuple[str, Place]]:
    (ask,) = asks_of(operation, {"TableName": "events", **document})
    return [(one.resource, one.place) for one in expected(shape, Seen(), ask).charges]


def query(condition: str, **more: Any) -> list[tuple[str, Place]]:
    return charged("Query", {"KeyConditionExpression": condition, "ExpressionAttributeValues": VALUES, **more})


@pytest.mark.parametrize(
    ("condition", "more", "sort"),
    [
        ("PK = :p", {}, Decimal("-Infinity")),
        ("PK = :p", {"ScanIndexForward": False}, Decimal("Infinity")),
        ("PK = :p AND At = :n", {}, Decimal(7)),
        ("PK = :p AND At >= :n", {}, Decimal(7)),
        ("PK = :p AND At > :n", {}, Decimal(7)),
        ("PK = :p and At between :n and :m", {}, Decimal(7)),
        ("PK = :p AND At < :n", {}, Decimal("-Infinity")),
        ("#k = :p AND #s >= :n", {"ExpressionAttributeNames": {"#k": "PK", "#s": "At"}}, Decimal(7)),
        ("PK = :p", {"ExclusiveStartKey": {"PK": {"S": "a"}, "At": {"N": "8"}}}, Decimal(8)),
    ],
)
def test_a_page_is_paid_where_it_begins_when_a_collection_is_queried(
    condition: str, more: dict[str, Any], sort: Decimal
) -> None:
    ((resource, place),) = query(condition, **more)

    whole = place_of(SHAPE.key, ITEM)
    assert resource == ""
    assert place == Place(whole.position, sort, "PK=a", "")


def test_a_global_index_pays_for_its_queries_and_a_table_for_a_local_ones() -> None:
    ((resource, place),) = query("Day = :p", IndexName="by-day")
    assert (resource, place.partition_key) == ("by-day", "Day=a")

    ((resource, place),) = query("PK = :p", IndexName="local")
    assert (resource, place.partition_key, place.sort) == ("", "PK=a", "")


def test_segments_lie_side_by_side_when_a_table_is_scanned_in_parallel() -> None:
    places = [charged("Scan", {"Segment": at, "TotalSegments": 4})[0][1] for at in range(4)]

    assert [place.position * 4 // POSITIONS for place in places] == [0, 1, 2, 3]
    start = {"PK": {"S": "a"}, "At": {"N": "7"}}
    assert charged("Scan", {"ExclusiveStartKey": start})[0][1].position == place_of(SHAPE.key, ITEM).position


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("""SELECT * FROM "events" WHERE PK = 'a' AND At = 7""", "item"),
        ("""SELECT * FROM "events" WHERE PK = 'a'""", "collection"),
        ("""SELECT * FROM "events" """, "table"),
        ("""SELECT * FROM "events"."by-day" WHERE Day = 'a'""", "index"),
        ("""SELECT * FROM events.local WHERE PK = 'a'""", "collection"),
    ],
)
def test_a_statement_pays_as_the_operation_does_that_it_means(statement: str, kind: str) -> None:
    (ask,) = asks_of("ExecuteStatement", {"Statement": statement})
    (charge,) = expected(SHAPE, Seen(), ask).charges

    texts = {"item": "PK=a,At=7", "collection": "", "table": "", "index": ""}
    assert charge.place.item == texts[kind]
    assert charge.resource == ("by-day" if kind == "index" else "")
    assert charge.place.partition_key == {"table": "", "index": "Day=a"}.get(kind, "PK=a")


@pytest.mark.parametrize("statement", ["", "DROP TABLE x", "SELECT", "EXISTS(SELECT 1)"])
def test_a_statement_is_the_engines_to_refuse_when_it_means_nothing(statement: str) -> None:
    with pytest.raises(NONSENSE):
        asks_of("ExecuteStatement", {"Statement": statement})


def test_an_index_that_there_is_not_is_the_engines_to_refuse() -> None:
    with pytest.raises(NONSENSE):
        query("PK = :p", IndexName="none")


def test_an_entry_that_moves_is_paid_at_both_places_when_the_item_is_known() -> None:
    seen = Seen()
    seen.note("PK=a,At=7", {**ITEM, "Day": {"S": "mon"}}, 20)
    (ask,) = asks_of("PutItem", {"TableName": "events", "Item": {**ITEM, "Day": {"S": "tue"}}})

    keys = [one.place.partition_key for one in expected(SHAPE, seen, ask).charges if one.resource == "by-day"]

    assert keys == ["Day=mon", "Day=tue"]


def test_the_items_seen_last_are_kept_when_there_are_too_many() -> None:
    seen = Seen(bytes_max=1_000)
    for number in range(10):
        seen.note(str(number), ITEM, 300)
    seen.note("9", None, 0)

    assert len(seen) == 2
    assert seen.get("0") is None
    assert seen.get("9") == (None, 0)
    assert seen.get("8") == (ITEM, 300)
