"""Consumed capacity is recorded when somebody tells it, and can be asked for behind the client's back."""

import json
from typing import Any

import pytest

from harness.edge.call import Answer, Call
from harness.edge.record import Recorder, RecordOptions
from tests.edge.record.calls import answer, call, pass_through, recorded


def consuming(**more: Any) -> bytes:
    return json.dumps({**more, "ConsumedCapacity": {"TableName": "T", "CapacityUnits": 2.5}}).encode()


@pytest.mark.parametrize(
    ("operation", "body", "units"),
    [
        ("GetItem", b"{}", (2.5, None)),
        ("PutItem", b"{}", (None, 2.5)),
        ("ExecuteStatement", b'{"Statement": " select * from T"}', (2.5, None)),
        ("ExecuteStatement", b'{"Statement": "DELETE FROM T"}', (None, 2.5)),
        ("ExecuteTransaction", b'{"TransactStatements": [{"Statement": "UPDATE T SET a=1"}]}', (None, 2.5)),
    ],
)
def test_units_are_recorded_when_the_client_asks_for_them(operation: str, body: bytes, units: Any) -> None:
    told = recorded(call(operation, body=body), answer(consuming()))

    assert (told["read_units"], told["write_units"]) == units


def test_units_add_up_when_several_tables_are_told() -> None:
    body = json.dumps({"ConsumedCapacity": [{"CapacityUnits": 2.0}, {"CapacityUnits": 0.5}, "nonsense"]}).encode()

    assert recorded(call("TransactWriteItems"), answer(body))["write_units"] == 2.5


def test_units_are_a_rooms_when_it_has_reckoned_them() -> None:
    told = recorded(call(marks={"capacity": {"read_units": None, "write_units": 7.0}}))

    assert (told["read_units"], told["write_units"]) == (None, 7.0)


@pytest.mark.parametrize(
    "body", [b'{"ConsumedCapacity": 7}', b'["ConsumedCapacity"]', b'{"ConsumedCapacity": {"CapacityUnits": "x"}}']
)
def test_units_are_unknown_when_the_answer_makes_no_sense(body: bytes) -> None:
    assert recorded(call(), answer(body))["write_units"] is None


@pytest.mark.parametrize(
    "body", [b'{"TableName": "T"}', b"{}", b'{"TableName": "T", "ReturnConsumedCapacity": "NONE"} \n']
)
def test_client_notices_nothing_when_the_record_asks_for_capacity(body: bytes) -> None:
    recorder = Recorder(RecordOptions(capacity=True))
    seen: list[Call] = []

    def engine(passing: Call) -> Answer:
        seen.append(passing)
        return answer(consuming(Item={"ID": {"S": "ä"}}), headers=((b"x-amz-crc32", b"1"), (b"content-length", b"9")))

    given = pass_through(recorder, call("GetItem", body=body), engine)

    assert seen[0].body is not None
    assert json.loads(seen[0].body)["ReturnConsumedCapacity"] == "TOTAL"
    assert dict(seen[0].headers)[b"content-length"] == b"%d" % len(seen[0].body)
    assert json.loads(given.body) == {"Item": {"ID": {"S": "ä"}}}
    assert given.headers == [(b"content-length", b"%d" % len(given.body))]
    (told,) = recorder.calls.recent()
    assert (told["read_units"], told["bytes_out"], told["bytes_in"]) == (2.5, len(given.body), len(body))


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("GetItem", b'{"ReturnConsumedCapacity": "INDEXES"}'),
        ("DescribeTable", b"{}"),
        ("GetItem", b"no json"),
        ("GetItem", b"[1]"),
        ("GetItem", b""),
    ],
)
def test_call_passes_untouched_when_there_is_nothing_to_ask(operation: str, body: bytes) -> None:
    recorder = Recorder(RecordOptions(capacity=True))
    passing = call(operation, body=body)

    given = pass_through(recorder, passing, answer(consuming()))

    assert passing.body == body
    assert given.body == consuming()
