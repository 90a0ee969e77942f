"""What a call consumed is taken from its answer, wherever it stands in it, and the client sees what it asked for."""

import json
from typing import Any

import pytest

from harness.edge.call import Answer
from harness.edge.capacity.told import ask_for_all, taken_from
from harness.edge.upstream import own_call
from tests.edge.capacity.world import HERE

WHOLE = {"TableName": "t", "CapacityUnits": 2.0, "Table": {"CapacityUnits": 1.0}, "GlobalSecondaryIndexes": {}}
TOTAL = {"TableName": "t", "CapacityUnits": 2.0}
ITEM = {"ConsumedCapacity": {"M": {"ConsumedCapacity": {"S": '"ConsumedCapacity": {'}}}}


@pytest.mark.parametrize(
    "document",
    [
        {"Item": ITEM, "ConsumedCapacity": WHOLE},
        {"ConsumedCapacity": WHOLE, "Item": ITEM},
        {"Items": [ITEM, ITEM], "ConsumedCapacity": WHOLE, "Count": 2},
        {"ConsumedCapacity": WHOLE},
        {"Item": ITEM, "ConsumedCapacity": [WHOLE, WHOLE]},
    ],
)
@pytest.mark.parametrize("spaces", [None, 2])
@pytest.mark.parametrize("wish", ["NONE", "TOTAL", "INDEXES"])
def test_clients_see_their_wish_when_more_was_told(document: dict[str, Any], spaces: int | None, wish: str) -> None:
    answer = Answer(200, [], json.dumps(document, indent=spaces).encode())

    told = taken_from(answer, wish)

    several = isinstance(document["ConsumedCapacity"], list)
    assert told == ([WHOLE, WHOLE] if several else [WHOLE])
    left = {name: value for name, value in document.items() if name != "ConsumedCapacity"}
    if wish != "NONE":
        one = TOTAL if wish == "TOTAL" else WHOLE
        left["ConsumedCapacity"] = [one, one] if several else one
    assert answer.document == left


@pytest.mark.parametrize("document", [{}, {"Item": ITEM}, {"Items": [ITEM], "Count": 1}])
def test_an_answer_stays_as_it_is_when_it_tells_nothing(document: dict[str, Any]) -> None:
    answer = Answer(200, [], json.dumps(document).encode())

    assert taken_from(answer, "NONE") == []
    assert answer.document == document


@pytest.mark.parametrize(
    ("asked", "wish", "sent"),
    [
        ({}, "NONE", "INDEXES"),
        ({"TableName": "t"}, "NONE", "INDEXES"),
        ({"ReturnConsumedCapacity": "NONE", "TableName": "t"}, "NONE", "INDEXES"),
        ({"ReturnConsumedCapacity": "TOTAL"}, "TOTAL", "INDEXES"),
        ({"ReturnConsumedCapacity": "INDEXES"}, "INDEXES", "INDEXES"),
        ({"ReturnConsumedCapacity": "ALL"}, "", "ALL"),
    ],
)
def test_all_is_asked_for_when_the_client_asks_for_less(asked: dict[str, Any], wish: str, sent: str) -> None:
    call = own_call(HERE, "GetItem", asked)

    assert ask_for_all(call) == wish
    assert call.document == {**asked, "ReturnConsumedCapacity": sent}
    assert call.header(b"content-length") == b"%d" % len(call.body or b"")


@pytest.mark.parametrize("asked", [{"TableName": "t"}, {"TableName": "t", "ReturnConsumedCapacity": "TOTAL"}, {}])
def test_rooms_behind_read_what_goes_upstream_when_more_is_asked(asked: dict[str, Any]) -> None:
    call = own_call(HERE, "Query", asked)

    ask_for_all(call)

    assert call.body is not None
    assert call.document == json.loads(call.body) == {**asked, "ReturnConsumedCapacity": "INDEXES"}
