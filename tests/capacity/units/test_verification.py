"""The comparison of units finds what differs, counts it, explains it, and shows it."""

from decimal import Decimal
from typing import Any

import pytest

from conformance.units.comparing import Asked, Difference, Tally, differences
from conformance.units.drawing import Draw
from conformance.units.explaining import EXPLANATIONS, explained
from conformance.units.showing import UNEXPLAINED, Measured, document, shown
from harness.capacity.units import item_bytes

TABLE = "units-plain-abc123"


def told(total: float, **parts: Any) -> dict[str, dict[str, Any]]:
    return {TABLE: {"TableName": TABLE, "CapacityUnits": total, **parts}}


def asked(seen: dict[str, Any], expected: dict[str, Any], operation: str = "PutItem", **request: Any) -> Asked:
    return Asked(operation, request, seen, expected)


def table_part(units: float) -> dict[str, float]:
    return {"CapacityUnits": units}


@pytest.mark.parametrize(
    ("seen", "expected", "found"),
    [
        (told(1.0), told(1.0), []),
        (told(1.0), told(2.0), [("total", 1.0, 2.0)]),
        ({}, told(2.0), [("no ConsumedCapacity", None, 2.0)]),
        (told(2.0), told(2.0, Table=table_part(2.0)), [("table's part", None, 2.0)]),
        (
            told(2.0, Table=table_part(2.0)),
            told(2.0, Table=table_part(1.0), GlobalSecondaryIndexes={"ByKind": table_part(1.0)}),
            [("table's part", 2.0, 1.0), ("global index's part", 0.0, 1.0)],
        ),
        (
            told(1.0, Table=table_part(1.0), LocalSecondaryIndexes={"ByAt": table_part(0.0)}),
            told(1.0, Table=table_part(1.0)),
            [],
        ),
    ],
    ids=["agreed", "sum", "silent", "no part", "wrong parts", "nothing told as nothing"],
)
def test_difference_is_found_when_a_part_is_wrong(seen: Any, expected: Any, found: Any) -> None:
    assert [(one.part, one.told, one.expected) for one in differences(asked(seen, expected))] == found


def test_sides_are_compared_when_it_is_a_transaction() -> None:
    seen, expected = told(2.0, WriteCapacityUnits=2.0), told(2.0, ReadCapacityUnits=2.0)

    assert len(differences(asked(seen, expected, "TransactGetItems"))) == 2
    assert differences(asked(seen, expected, "GetItem")) == []


def test_smallest_example_is_kept_when_a_difference_is_seen_again() -> None:
    tally = Tally()
    for length in (30, 5, 20):
        tally.add(asked(told(1.0), told(2.0), Text="x" * length))
    tally.add(asked(told(2.0), told(2.0)))

    (found,) = tally.differences.values()
    assert (found.count, found.example.request) == (3, {"Text": "x" * 5})
    assert (tally.asked, tally.agreed) == ({"PutItem": 4}, {"PutItem": 1})


def difference(operation: str, part: str = "total") -> Difference:
    return Difference(operation, part, 1.0, 2.0, asked(told(1.0), told(2.0), operation, TableName=TABLE))


def test_embedded_engine_is_never_excused() -> None:
    assert explained("ministack, stock", difference("GetItem"))
    assert explained("Rehearsal, embedded", difference("GetItem")) == ""


def test_difference_is_unexplained_when_an_engine_was_right_there_so_far() -> None:
    assert explained("DynamoDB Local", difference("GetItem")) == ""
    assert explained("DynamoDB Local", difference("PutItem", "table's part")) == ""


def test_explanations_say_what_aws_does() -> None:
    silent = [one.says for one in EXPLANATIONS if "AWS" not in one.says and "documented" not in one.says]

    assert silent == ["The sum of the parts above."]


def test_document_names_what_nobody_explained_first() -> None:
    tally = Tally()
    tally.add(asked(told(1.0), told(2.0), "BatchGetItem", TableName=TABLE))
    tally.add(asked(told(1.0), told(2.0), "GetItem", TableName=TABLE))
    tally.add(asked(told(1.0), told(1.0), "PutItem", TableName=TABLE))
    tally.refuse("PutItem, failed condition", "ConditionalCheckFailedException: no")

    text = document(
        [Measured("DynamoDB Local", "1.0", tally), Measured("other", not_measured="it is away")],
        date="2026-01-01", operations=4, seed=7,
    )  # fmt: skip

    assert "| GetItem | **0**/1 |" in text
    assert "| PutItem | 1/1 |" in text
    assert "- **other**: not measured, it is away" in text
    assert 0 < text.index(UNEXPLAINED) < text.index("A Query or Scan that finds nothing")
    assert "ConditionalCheckFailedException: 1" in text


def test_request_is_short_when_it_is_shown() -> None:
    request = {"TableName": TABLE, "Statement": f'FROM "{TABLE}"', "pad": {"S": "p" * 900}, "b": b"x" * 90}

    assert shown(request) == {
        "TableName": "plain", "Statement": 'FROM "plain"', "pad": {"S": "900 times p"}, "b": "90 bytes",
    }  # fmt: skip


def test_items_lie_around_the_size_that_was_asked_for() -> None:
    draw = Draw(1)
    sizes = {item_bytes(draw.item({"ID": {"S": "a"}}, near_bytes=4096)) for _ in range(300)}

    assert set(range(4094, 4099)) <= {one for one in sizes if one < 4200}


def test_drawn_numbers_are_numbers_to_dynamodb() -> None:
    draw = Draw(2)
    numbers = [Decimal(draw.number()) for _ in range(2000)]

    assert all(len(one.normalize().as_tuple().digits) <= 38 for one in numbers)
    assert all(not one or -130 <= one.adjusted() <= 125 for one in numbers)
    assert min(numbers) < 0 < max(numbers)


def test_same_is_drawn_when_the_seed_is_the_same() -> None:
    assert [Draw(5).value() for _ in range(3)] == [Draw(5).value() for _ in range(3)]
