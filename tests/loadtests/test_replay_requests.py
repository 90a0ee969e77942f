"""A recorded call is made again: keys as they were, sizes as recorded, requests that AWS's model takes."""

import json
from itertools import combinations
from typing import Any

import boto3
import pytest
from botocore.validate import ParamValidator

from harness.capacity.shape import IndexShape, Key, TableShape
from harness.errors import SettingInvalid
from loadtests.replay.pace import Schedule
from loadtests.replay.requests import key_of, request_of
from loadtests.replay.trace import OPERATIONS, RecordedCall, trace_of
from tests.loadtests.recorded import recorded

SHAPES = {
    "Wallets": TableShape("Wallets", Key("UserID"), attribute_types={"UserID": "S"}),
    "Events": TableShape(
        "Events",
        Key("PK", "SK"),
        attribute_types={"PK": "S", "SK": "N", "Status": "S"},
        indexes=(IndexShape("ByStatus", Key("Status", "SK")),),
    ),
}
WALLET, EVENT, OTHER = ("Wallets", "UserID=u1"), ("Events", "PK=a,b,SK=7"), ("Events", "PK=c,SK=8")


def call(operation: str, *items: tuple[str, str], bytes_in: int = 2000, **changes: Any) -> RecordedCall:
    return RecordedCall(0.0, operation, items, bytes_in, **changes)


@pytest.fixture(scope="module")
def model():
    client = boto3.client("dynamodb", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    return client.meta.service_model


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_request_is_valid_for_the_sdk_when_any_operation_is_played(operation: str, model) -> None:
    items = (WALLET, OTHER) if operation.startswith(("Batch", "Transact")) else (EVENT,)

    name, request = request_of(call(operation, *items, bytes_out=800), SHAPES)

    report = ParamValidator().validate(request, model.operation_model(name).input_shape)
    assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem", "BatchWriteItem", "TransactWriteItems"])
@pytest.mark.parametrize("bytes_in", [900, 20_000])
def test_payload_is_about_as_long_as_recorded_when_a_write_is_played(operation: str, bytes_in: int) -> None:
    items = (WALLET, OTHER, EVENT) if operation.startswith(("Batch", "Transact")) else (EVENT,)

    _, request = request_of(call(operation, *items, bytes_in=bytes_in), SHAPES)

    assert len(json.dumps(request)) == pytest.approx(bytes_in, rel=0.12)


def test_key_keeps_its_values_and_types_when_it_is_read_from_text() -> None:
    assert key_of("PK=a,b,SK=7", SHAPES["Events"]) == {"PK": {"S": "a,b"}, "SK": {"N": "7"}}
    assert key_of("UserID=x=y", SHAPES["Wallets"]) == {"UserID": {"S": "x=y"}}


@pytest.mark.parametrize("text", ["PK=a", "UserID=1", "SK=1,PK=a", ""])
def test_key_is_refused_when_it_does_not_fit_the_table(text: str) -> None:
    with pytest.raises(SettingInvalid, match="does not fit table Events, expected PK=…,SK=…"):
        key_of(text, SHAPES["Events"])


def test_read_is_strongly_consistent_when_its_units_say_so() -> None:
    strong = request_of(call("GetItem", EVENT, read_units=1.0, bytes_out=300), SHAPES)[1]
    eventual = request_of(call("GetItem", EVENT, read_units=0.5, bytes_out=300), SHAPES)[1]

    assert (strong["ConsistentRead"], eventual["ConsistentRead"]) == (True, False)


def test_query_names_an_index_when_its_condition_is_on_the_indexs_key() -> None:
    _, request = request_of(call("Query", ("Events", "Status=open")), SHAPES)

    assert request["IndexName"] == "ByStatus"
    assert request["ExpressionAttributeNames"] == {"#p": "Status"}


def test_query_is_narrowed_when_its_sort_key_was_recorded() -> None:
    _, request = request_of(call("Query", EVENT), SHAPES)

    assert request["ExpressionAttributeValues"] == {":p": {"S": "a,b"}, ":s": {"N": "7"}}


@pytest.mark.parametrize(
    ("operation", "item", "words"),
    [
        ("GetItem", ("Absent", "ID=1"), "table Absent of the trace does not exist"),
        ("Query", ("Events", "Other=1"), "fits neither its key nor an index's"),
    ],
)
def test_call_is_refused_when_the_target_has_no_place_for_it(operation: str, item: tuple[str, str], words: str) -> None:
    with pytest.raises(SettingInvalid, match=words):
        request_of(call(operation, item), SHAPES)


def test_item_is_written_once_when_a_batch_named_it_twice() -> None:
    _, request = request_of(call("BatchWriteItem", WALLET, WALLET), SHAPES)

    assert len(request["RequestItems"]["Wallets"]) == 1


def test_calls_of_one_item_go_to_one_worker_in_order_when_workers_share_a_trace() -> None:
    trace = trace_of([recorded("GetItem", ("T", f"ID={n % 7}"), at_s=n / 10) for n in range(70)])
    shares = [Schedule(trace, worker=number, workers=3) for number in range(3)]
    taken = [list(iter(share.take, None)) for share in shares]

    assert sum(map(len, taken)) == 70
    keys = [{due.call.items[0] for due in mine} for mine in taken]
    assert all(not mine & other for mine, other in combinations(keys, 2))
    assert all([due.at_s for due in mine] == sorted(due.at_s for due in mine) for mine in taken)


def test_calls_are_due_sooner_when_the_replay_is_faster() -> None:
    schedule = Schedule(trace_of([recorded("GetItem", WALLET), recorded("GetItem", WALLET, at_s=8.0)]), speed=4.0)

    assert [due.at_s for due in iter(schedule.take, None)] == [0.0, 2.0]
    assert schedule.length_s == 2.0
    assert schedule.left == 0


@pytest.mark.parametrize("speed", [0.0, -1.0, 5000.0, float("nan")])
def test_speed_is_refused_when_it_makes_no_sense(speed: float) -> None:
    with pytest.raises(SettingInvalid, match="--speed is"):
        Schedule(trace_of([recorded("GetItem", WALLET)]), speed=speed)


def test_lag_is_counted_by_milliseconds_when_calls_begin_late() -> None:
    schedule = Schedule(trace_of([recorded("GetItem", WALLET)]))
    for now_s in (9.0, 10.0, 10.0014, 10.25, 13.0):
        schedule.lag.begin(10.0, now_s)

    assert schedule.lag.begun == 5
    assert schedule.lag.by_ms() == {0.0: 2, 1.0: 1, 250.0: 1, 3000.0: 1}
