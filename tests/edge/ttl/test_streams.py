"""TTL's deletes carry the system's mark in stream records, and nobody else's do."""

import time
from typing import Any

import orjson
import pytest

from harness.edge.call import Answer
from harness.edge.ttl.expiries import Expiry
from harness.edge.ttl.streams import StreamMarks
from harness.edge.upstream import own_call
from tests.edge.ttl.engine import HERE, THERE

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/sessions/stream/2026-01-01T00:00:00.000"
AT_S = time.time()
SYSTEM = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}


@pytest.fixture
def marks() -> StreamMarks:
    marks = StreamMarks()
    marks.heed_iterator(
        own_call(HERE, "GetShardIterator", {"StreamArn": ARN}), Answer(200, [], orjson.dumps({"ShardIterator": "one"}))
    )
    return marks


def delete(marks: StreamMarks, name: str = "s", text: str = "100") -> None:
    marks.note(HERE, "sessions", "ExpiresAt", Expiry(float(text), text, {"SessionID": {"S": name}}), AT_S)


def record(name: str = "s", expires: str | None = "100", *, event: str = "REMOVE", at_s: float = AT_S) -> Any:
    image: dict[str, Any] = {"Keys": {"SessionID": {"S": name}}, "ApproximateCreationDateTime": int(at_s)}
    if expires is not None:
        image["OldImage"] = {"SessionID": {"S": name}, "ExpiresAt": {"N": expires}}
    return {"eventID": f"{name}-{expires}-{event}-{at_s}", "eventName": event, "dynamodb": image}


def marked(marks: StreamMarks, *records: Any, iterator: str = "one", namespace: Any = HERE) -> list[Any]:
    answer = Answer(200, [], orjson.dumps({"Records": records, "NextShardIterator": "two"}))
    marks.mark(own_call(namespace, "GetRecords", {"ShardIterator": iterator}), answer)
    return [one.get("userIdentity") for one in answer.document["Records"]]


def test_record_is_marked_when_ttl_deleted_the_item(marks: StreamMarks) -> None:
    delete(marks)

    assert marked(marks, record()) == [SYSTEM]
    assert marked(marks, record(), iterator="two") == [SYSTEM]


def test_record_is_marked_when_the_stream_has_keys_only(marks: StreamMarks) -> None:
    delete(marks)

    assert marked(marks, record(expires=None)) == [SYSTEM]


@pytest.mark.parametrize(
    "other",
    [
        record("t"),
        record(expires="101"),
        record(event="MODIFY"),
        record(at_s=AT_S - 3600),
    ],
    ids=["other item", "other expiry", "no delete", "an hour before"],
)
def test_record_is_not_marked_when_a_client_made_the_change(marks: StreamMarks, other: Any) -> None:
    delete(marks)

    assert marked(marks, other) == [None]


def test_record_is_not_marked_when_it_is_another_namespaces(marks: StreamMarks) -> None:
    delete(marks)

    assert marked(marks, record(), namespace=THERE) == [None]


def test_engines_own_mark_is_spelled_as_get_records_has_it(marks: StreamMarks) -> None:
    own = record() | {"userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}}

    assert marked(marks, own, iterator="unknown") == [SYSTEM]


def test_answer_stays_as_it_is_when_there_is_nothing_to_mark(marks: StreamMarks) -> None:
    body = b'{ "Records": [] , "NextShardIterator": "two"}'
    answer = Answer(200, [], body)
    marks.mark(own_call(HERE, "GetRecords", {"ShardIterator": "one"}), answer)

    assert answer.body == body
