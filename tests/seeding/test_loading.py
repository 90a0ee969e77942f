"""Rows into tables: in batches, all of them, and what was loaded is known when something goes wrong."""

import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any

import orjson
import pytest

from harness.errors import AnswerUnexpected, WaitTimeout
from harness.seeding import Row, load
from harness.seeding.expecting import Expected, Index, find_again, read_back
from harness.seeding.rows import plain_value, wire_item
from harness.seeding.sending import Place, Sender

TABLES = {"ThingsTable": "stack-Things"}
SHAPES = {"ThingsTable": (Index("", "PK", "SK"), Index("GSI1", "GSI1PK", ""))}


def rows(count: int) -> Iterator[Row]:
    for number in range(count):
        yield Row("ThingsTable", wire_item({"PK": f"P{number % 3}", "SK": f"{number:04d}", "GSI1PK": "all"}))


class Table:
    """What a sender writes to; it answers in scripted ways first."""

    def __init__(self, *script: Any) -> None:
        self.script = list(script)
        self.items: dict[tuple[str, str], Any] = {}
        self.batches: list[int] = []
        self._lock = Lock()

    def answer(self, operation: str, body: bytes) -> tuple[int | None, dict[str, Any], str]:
        asked = orjson.loads(body)
        with self._lock:
            if self.script:
                told = self.script.pop(0)
                if callable(told):
                    return told(self, asked)
                return told
            return 200, getattr(self, operation)(asked), "200"

    def BatchWriteItem(self, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        (requests,) = asked["RequestItems"].values()
        self.batches.append(len(requests))
        for one in requests:
            item = one["PutRequest"]["Item"]
            self.items[(item["PK"]["S"], item["SK"]["S"])] = item
        return {"UnprocessedItems": {}}

    def Query(self, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        name, value = asked["ExpressionAttributeNames"]["#p"], asked["ExpressionAttributeValues"][":p"]
        found = [item for item in self.items.values() if item.get(name) == value]
        start = int(asked.get("ExclusiveStartKey", {}).get("N", 0))
        page, more = found[start : start + 40], start + 40 < len(found)
        answer = {"Count": len(page), "Items": page}
        return answer | ({"LastEvaluatedKey": {"N": str(start + 40)}} if more else {})

    def BatchGetItem(self, asked: Mapping[str, Any]) -> dict[str, Any]:  # noqa: N802 - AWS's name
        ((table, about),) = asked["RequestItems"].items()
        keys = [(key["PK"]["S"], key["SK"]["S"]) for key in about["Keys"]]
        return {"Responses": {table: [self.items[key] for key in keys if key in self.items]}}


def sender_to(table: Table) -> Sender:
    from botocore.credentials import Credentials

    sender = Sender(Place("http://127.0.0.1:1", "us-east-1", Credentials("a", "b")), sleep=lambda _: None)
    sender._send = table.answer  # type: ignore[method-assign]
    return sender


def test_everything_is_written_in_batches_of_25():
    table, counted = Table(), []

    loaded = load(rows(130), sender_to(table), TABLES, on_progress=counted.append)

    assert len(table.items) == loaded.items == sum(counted) == 130
    assert Counter(table.batches) == {25: 5, 5: 1}
    assert loaded.by_table == {"ThingsTable": 130}


def test_rest_is_sent_again_when_items_are_left_unprocessed():
    def some_left(table: Table, asked: Any) -> Any:
        requests = asked["RequestItems"]["stack-Things"]
        table.BatchWriteItem({"RequestItems": {"stack-Things": requests[:10]}})
        return 200, {"UnprocessedItems": {"stack-Things": requests[10:]}}, "200"

    table = Table(some_left, some_left)
    sender = sender_to(table)

    loaded = load(rows(25), sender, TABLES, threads=1)

    assert len(table.items) == loaded.items == 25
    assert sender.retries == 2


@pytest.mark.parametrize(
    "trouble",
    [
        (400, {"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}, "400"),
        (400, {"__type": "ThrottlingException"}, "400"),
        (500, {"__type": "InternalServerError"}, "500"),
        (503, {}, "503"),
        (None, {}, "ConnectionClosedError"),
    ],
)
def test_batch_is_sent_again_when_it_may_succeed_later(trouble):
    table = Table(trouble, trouble)

    load(rows(25), sender_to(table), TABLES, threads=1)

    assert len(table.items) == 25


def test_refusal_is_raised_and_the_others_stop():
    refused = (400, {"__type": "x#ValidationException", "message": "no such attribute"}, "400")

    with pytest.raises(AnswerUnexpected, match="ValidationException") as told:
        load(rows(100_000), sender_to(Table(refused)), TABLES)

    assert told.value.evidence["seen"] == "no such attribute"


def test_waiting_ends_when_the_table_stays_busy(monkeypatch):
    monkeypatch.setattr("harness.seeding.sending.GIVE_UP_AFTER_S", 0.0)

    with pytest.raises(WaitTimeout, match=r"25 items of stack-Things|BatchWriteItem"):
        load(rows(25), sender_to(Table(*[(503, {}, "503")] * 3)), TABLES, threads=1)


def test_what_was_loaded_is_told_when_somebody_interrupts():
    def interrupted() -> Iterator[Row]:
        yield from rows(60)
        raise KeyboardInterrupt

    table = Table()

    loaded = load(interrupted(), sender_to(table), TABLES)

    assert loaded.interrupted
    assert loaded.items == len(table.items) == 50  # whole batches


def test_request_is_signed_for_its_place():
    from botocore.credentials import Credentials

    sent: list[Any] = []
    sender = Sender(Place("https://dynamodb.eu-west-1.amazonaws.com", "eu-west-1", Credentials("AKIDX", "secret")))

    class Answered:
        status_code, content = 200, b'{"UnprocessedItems":{}}'

    sender._http.send = lambda request: sent.append(request) or Answered()  # type: ignore[method-assign]
    sender.put({"T": [{"PK": {"S": "a"}}]})

    (request,) = sent
    assert "/eu-west-1/dynamodb/aws4_request" in request.headers["Authorization"]
    assert request.headers["X-Amz-Target"] == "DynamoDB_20120810.BatchWriteItem"
    assert "secret" not in str(request.headers)


def test_body_does_not_wait_for_the_head_to_be_acknowledged():
    from botocore.credentials import Credentials

    sender = Sender(Place("http://127.0.0.1:1", "us-east-1", Credentials("a", "b")))

    pool = sender._http._manager.connection_from_url("http://127.0.0.1:1")
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in pool.conn_kw["socket_options"]


def loaded_table(count: int = 130) -> tuple[Table, Expected]:
    table, expected = Table(), Expected(SHAPES)
    for row in rows(count):
        expected.note(row, closely=True)
    load(rows(count), sender_to(table), TABLES)
    return table, expected


def test_all_is_found_again_when_nothing_is_missing():
    table, expected = loaded_table()

    found = read_back(expected, sender_to(table), TABLES)

    assert found.valid
    assert (found.partitions, found.compared, found.more) == (3, 260, 0)
    assert find_again(rows(130), SHAPES, sender_to(table), TABLES).valid


def test_missing_item_is_told_by_count_by_table_and_by_index():
    table, expected = loaded_table()
    del table.items[("P0", "0000")]

    found = read_back(expected, sender_to(table), TABLES)

    assert any("holds 43 of 44 items under P0" in one for one in found.problems)
    assert any("stack-Things has no P0 0000" in one for one in found.problems)
    assert any("index GSI1, has no P0 0000" in one for one in found.problems)
    assert not find_again(rows(130), SHAPES, sender_to(table), TABLES).valid


def test_changed_attribute_is_named():
    table, expected = loaded_table()
    table.items[("P1", "0001")] = table.items[("P1", "0001")] | {"extra": {"S": "x"}}

    found = read_back(expected, sender_to(table), TABLES)

    assert any("holds P1 0001 with another extra" in one for one in found.problems)


def test_more_is_no_problem_and_is_told():
    table, expected = loaded_table()
    table.items[("P1", "x")] = {"PK": {"S": "P1"}, "SK": {"S": "x"}}

    found = read_back(expected, sender_to(table), TABLES)

    assert (found.valid, found.more) == (True, 1)


def test_values_survive_the_wire():
    values = {"a": "x", "b": 3, "c": True, "d": {"e": ["f", 1]}, "g": []}

    assert {name: plain_value(one) for name, one in wire_item({**values, "none": None}).items()} == values
    with pytest.raises(TypeError):
        wire_item({"price": 1.5})
