"""Calls: each is one request for Locust, with what the SDK did on the way; seen over the wire with boto3 itself."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from loadtests.attempts import throttles_of
from loadtests.briefing import Briefing
from loadtests.calling import Caller, caller
from loadtests.keys import Drawn
from loadtests.measures import UNFINISHED
from loadtests.settings import Settings

REASON = "TableWriteKeyRangeThroughputExceeded"
THROTTLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException",
    "message": "too hot",
    "throttlingReasons": [{"reason": REASON, "resource": "arn:aws:dynamodb:eu-central-1:0:table/T"}],
}
DRAWN = Drawn("wallet-1", "tenant-1", hot=True)
DONE = {"ConsumedCapacity": {"TableName": "T", "CapacityUnits": 1.0}}


class Answers(BaseHTTPRequestHandler):
    """Gives the next of the prepared answers, the last one for ever."""

    prepared: ClassVar[list[tuple[int, Any]]] = []
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        status, document = self.prepared.pop(0) if len(self.prepared) > 1 else self.prepared[0]
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class Event:
    """Locust's request event, as far as calls know it."""

    def __init__(self) -> None:
        self.fired: list[dict[str, Any]] = []

    def fire(self, **seen: Any) -> None:
        self.fired.append(seen)


@pytest.fixture(scope="module")
def endpoint_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def event() -> Event:
    return Event()


@pytest.fixture
def dynamodb(endpoint_url: str, event: Event, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    briefing = Briefing(Settings(attempts_max=3), Path(), endpoint_url=endpoint_url)
    return caller(briefing, "dynamodb", event)


def put(dynamodb: Caller) -> Any:
    return dynamodb.call("put", "put_item", DRAWN, TableName="T", Item={"PK": {"S": "a"}})


def test_call_is_one_request_with_its_units_when_it_succeeds(dynamodb: Caller, event: Event) -> None:
    Answers.prepared = [(200, DONE)]

    assert put(dynamodb)["ConsumedCapacity"]["CapacityUnits"] == 1.0

    (seen,) = event.fired
    assert (seen["name"], seen["exception"]) == ("put", None)
    context = seen["context"]
    assert (context["attempts"], context["throttles"], context["waited_s"]) == (1, {}, 0.0)
    assert (context["read_units"], context["write_units"]) == (0.0, 1.0)
    assert (context["key"], context["tenant"], context["hot"]) == ("wallet-1", "tenant-1", True)


def test_backoff_shows_when_the_sdk_tries_again(dynamodb: Caller, event: Event) -> None:
    Answers.prepared = [(400, THROTTLED), (200, DONE)]

    assert put(dynamodb) is not None

    (seen,) = event.fired
    assert seen["exception"] is None
    assert seen["context"]["attempts"] == 2
    assert seen["context"]["throttles"] == {REASON: 1}
    # DynamoDB's own base of the backoff, 50 ms.
    assert seen["context"]["waited_s"] >= 0.05
    assert seen["response_time"] >= seen["context"]["waited_s"] * 1000


def test_failure_is_counted_by_its_code_when_attempts_run_out(dynamodb: Caller, event: Event) -> None:
    Answers.prepared = [(400, THROTTLED)]

    assert put(dynamodb) is None

    (seen,) = event.fired
    assert str(seen["exception"]) == "ThrottlingException"
    assert seen["context"]["attempts"] == 3
    assert seen["context"]["throttles"] == {REASON: 3}


def test_failure_is_no_throttle_when_the_request_was_wrong(dynamodb: Caller, event: Event) -> None:
    Answers.prepared = [(400, {"__type": "com.amazon.coral.validate#ValidationException", "message": "no"})]

    assert put(dynamodb) is None

    (seen,) = event.fired
    assert str(seen["exception"]) == "ValidationException"
    assert (seen["context"]["attempts"], seen["context"]["throttles"]) == (1, {})


def test_call_is_told_as_unfinished_when_the_run_ends_meanwhile(event: Event) -> None:
    class Waiting:
        def put_item(self, **_: Any) -> None:
            raise KeyboardInterrupt  # as gevent's GreenletExit: no Exception

    with pytest.raises(KeyboardInterrupt):
        put(Caller(Waiting(), event))

    assert str(event.fired[0]["exception"]) == UNFINISHED


@pytest.mark.parametrize(
    ("answer", "throttles"),
    [
        ({}, {}),
        ({"Error": {"Code": "ConditionalCheckFailedException"}}, {}),
        ({"Error": {"Code": "ProvisionedThroughputExceededException"}}, {"ProvisionedThroughputExceededException": 1}),
        (
            {"Error": {"Code": "RequestLimitExceeded"}, "ThrottlingReasons": [{"reason": "A"}, {"reason": "B"}]},
            {"A": 1},
        ),
        ({"Error": {"Code": "ThrottlingException"}, "throttlingReasons": [{}]}, {"ThrottlingException": 1}),
        (
            {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError"}],
            },
            {"ThrottlingError": 1},
        ),
        (
            {
                "Error": {"Code": "TransactionCanceledException"},
                "CancellationReasons": [{"Code": "ConditionalCheckFailed"}],
            },
            {},
        ),
        ({"UnprocessedItems": {"T": [{}]}}, {"Unprocessed": 1}),
        ({"UnprocessedItems": {}, "UnprocessedKeys": {}}, {}),
    ],
)
def test_throttle_is_told_once_by_its_reason_when_an_answer_holds_one(
    answer: dict[str, Any], throttles: dict[str, int]
) -> None:
    assert throttles_of(answer) == throttles
