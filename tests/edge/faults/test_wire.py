"""Faults as a real SDK meets them: boto3 over TCP, in every protocol of AWS, before and after the effect.

What SDKs do next (retries, back-off) is in `test_sdk_retries`; here every call is made once.
"""

import asyncio
import contextlib
import functools
import socket
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import httpx
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import (
    ChecksumError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.parsers import ResponseParserError

from harness.edge import Edge
from harness.edge.call import Answer, Call
from harness.edge.clock import EdgeClock
from harness.edge.faults import Faults
from harness.edge.wire import WireProtocol
from harness.waiting import wait_until
from tests.edge.test_edge import FakeControls

BODIES = {
    "dynamodb": b'{"Item": {"UserID": {"S": "user-1"}, "Balance": {"N": "10000"}}}',
    "logs": b'{"logGroups": [{"logGroupName": "payments"}]}',
    "sns": b"<ListTopicsResponse xmlns='http://sns.amazonaws.com/doc/2010-03-31/'><ListTopicsResult><Topics/>"
    b"</ListTopicsResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></ListTopicsResponse>",
    "lambda": b'{"Functions": [{"FunctionName": "payments-api"}]}',
    "s3": b"<ListAllMyBucketsResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Buckets/></ListAllMyBucketsResult>",
}
OBJECT = b"0123456789" * 1000
# One read a protocol: JSON 1.0, JSON 1.1, query, REST-JSON, REST-XML.
READS: dict[str, Callable[[Any], Any]] = {
    "dynamodb": lambda client: client.get_item(TableName="Wallets", Key={"UserID": {"S": "user-1"}}),
    "logs": lambda client: client.describe_log_groups(),
    "sns": lambda client: client.list_topics(),
    "lambda": lambda client: client.list_functions(),
    "s3": lambda client: client.list_buckets(),
}


class Place:
    """A served edge with clients for it; `reached` counts the calls that the upstream saw."""

    def __init__(self, url: str, faults: Faults) -> None:
        self.url, self._faults = url, faults
        self.reached = 0

    async def upstream(self, call: Call) -> Answer:
        if call.operation != "DescribeTable":
            self.reached += 1
        if call.operation == "GetObject":
            return Answer(200, [(b"content-length", b"%d" % len(OBJECT))], OBJECT[:4000], _parts(OBJECT[4000:]))
        body = BODIES[call.service]
        headers = [(b"content-length", b"%d" % len(body))]
        if call.service == "dynamodb":
            headers.append((b"x-amz-crc32", b"%d" % zlib.crc32(body)))
        return Answer(200, headers, body)

    @functools.cache  # noqa: B019 - one place a module; a client takes long to make
    def client(self, service: str, *, mode: str = "legacy", read_timeout_s: float = 5) -> Any:
        config = Config(
            retries={"mode": mode, "total_max_attempts": 1},  # type: ignore[arg-type]
            read_timeout=read_timeout_s,
            s3={"addressing_style": "path"},
        )
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return boto3.client(service, endpoint_url=self.url, region_name="us-east-1", config=config, **keys)  # type: ignore[call-overload]

    @contextlib.contextmanager
    def fault(self, **rule: Any) -> Iterator[str]:
        """Set a rule and heal it."""
        self.reached = 0
        answer = httpx.post(f"{self.url}/_rehearsal/faults", json=rule, trust_env=False)
        assert answer.status_code == 201, answer.text
        (state,) = answer.json()["faults"]
        try:
            yield state["id"]
        finally:
            httpx.delete(f"{self.url}/_rehearsal/faults/{state['id']}", trust_env=False).raise_for_status()


async def _parts(body: bytes) -> Any:
    for start in range(0, len(body), 1000):
        yield body[start : start + 1000]


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    faults = Faults(EdgeClock(), FakeControls())
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(f"http://127.0.0.1:{listener.getsockname()[1]}", faults)
        edge = Edge(place.upstream, FakeControls(), rooms=(faults,))
        config = uvicorn.Config(edge, http=WireProtocol, lifespan="off", log_level="critical", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        wait_until("the edge", lambda: server.started, within_s=10)
        try:
            yield place
        finally:
            server.should_exit = True
            thread.join(10)


SERVICES = pytest.mark.parametrize("service", READS)
PHASES = pytest.mark.parametrize("phase", ["before", "after"])


@SERVICES
def test_sdk_gets_its_answer_when_no_fault_is_set(place: Place, service: str) -> None:
    assert READS[service](place.client(service))["ResponseMetadata"]["HTTPStatusCode"] == 200


@SERVICES
@PHASES
def test_sdk_sees_a_server_error_when_an_error_bites(place: Place, service: str, phase: str) -> None:
    client = place.client(service)
    match = {"service": service}
    with place.fault(kind="error", error="ServiceUnavailable", status=503, phase=phase, match=match):
        with pytest.raises(ClientError) as refusal:
            READS[service](client)
        reached = place.reached

    assert refusal.value.response["Error"]["Code"] == "ServiceUnavailable"
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert reached == (1 if phase == "after" else 0)
    READS[service](client)


@SERVICES
@PHASES
@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_sdk_sees_a_broken_connection_when_the_answer_is_lost(
    place: Place, service: str, phase: str, kind: str
) -> None:
    client = place.client(service)
    with place.fault(kind=kind, phase=phase, match={"service": service}):
        with pytest.raises(ConnectionClosedError):
            READS[service](client)
        reached = place.reached

    assert reached == (1 if phase == "after" else 0)
    READS[service](client)


@PHASES
def test_sdk_times_out_when_the_call_hangs(place: Place, phase: str) -> None:
    client = place.client("dynamodb", read_timeout_s=0.1)
    with place.fault(kind="hang", phase=phase, match={"service": "dynamodb"}):
        with pytest.raises(ReadTimeoutError):
            READS["dynamodb"](client)
        reached = place.reached

    assert reached == (1 if phase == "after" else 0)
    READS["dynamodb"](client)


def test_call_takes_effect_when_it_is_late_and_its_client_has_left(place: Place) -> None:
    client = place.client("dynamodb", read_timeout_s=0.05)
    with place.fault(kind="latency", delay_ms=150, match={"service": "dynamodb"}):
        with pytest.raises(ReadTimeoutError):
            READS["dynamodb"](client)
        wait_until("the late call", lambda: place.reached == 1, within_s=5)


def test_checksum_fails_when_dynamodb_answers_garbage(place: Place) -> None:
    with (
        place.fault(kind="corrupt", phase="after", match={"service": "dynamodb"}),
        pytest.raises(ChecksumError),
    ):
        READS["dynamodb"](place.client("dynamodb", mode="legacy"))


@pytest.mark.parametrize("service", ["logs", "lambda"])
def test_answer_is_empty_without_an_error_when_boto3_reads_garbled_json(place: Place, service: str) -> None:
    with place.fault(kind="corrupt", phase="after", match={"service": service}):
        told = READS[service](place.client(service))

    assert set(told) == {"ResponseMetadata"}


def test_parser_fails_when_a_query_answer_is_garbled(place: Place) -> None:
    with place.fault(kind="corrupt", phase="after", match={"service": "sns"}), pytest.raises(ResponseParserError):
        READS["sns"](place.client("sns"))


def test_server_error_is_made_of_it_when_an_s3_answer_is_garbled(place: Place) -> None:
    with place.fault(kind="corrupt", phase="after", match={"service": "s3"}), pytest.raises(ClientError) as refusal:
        READS["s3"](place.client("s3"))

    assert refusal.value.response["Error"]["Code"] == "500"


def test_reading_fails_when_an_object_is_cut_off(place: Place) -> None:
    with place.fault(kind="truncate", bytes=5000, phase="after", match={"operation": "GetObject"}):
        body = place.client("s3").get_object(Bucket="b", Key="k")["Body"]
        with pytest.raises(ResponseStreamingError, match="5000"):
            body.read()


def test_bytes_differ_when_an_object_is_garbled(place: Place) -> None:
    with place.fault(kind="corrupt", phase="after", match={"operation": "GetObject"}):
        body = place.client("s3").get_object(Bucket="b", Key="k")["Body"].read()

    assert len(body) == len(OBJECT)
    assert body != OBJECT


def test_object_comes_whole_when_it_is_only_late(place: Place) -> None:
    with place.fault(kind="latency", delay_ms=1, phase="after", match={"operation": "GetObject"}) as fault:
        assert place.client("s3").get_object(Bucket="b", Key="k")["Body"].read() == OBJECT
        fired = httpx.get(f"{place.url}/_rehearsal/fired", params={"fault": fault}, trust_env=False).json()["fired"]

    assert len(fired) == 1


REQUEST = (
    b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host\r\n"
    b"X-Amz-Target: DynamoDB_20120810.ListTables\r\n\r\n{}"
)


def _connected(place: Place) -> socket.socket:
    port = int(place.url.rpartition(":")[2])
    connection = socket.create_connection(("127.0.0.1", port), timeout=5)
    connection.sendall(REQUEST)
    return connection


def test_connection_is_reset_when_a_reset_bites(place: Place) -> None:
    with (
        place.fault(kind="reset", match={"service": "dynamodb"}),
        _connected(place) as connection,
        pytest.raises(ConnectionResetError),
    ):
        connection.recv(100)


def test_whole_length_is_promised_and_half_is_sent_when_an_answer_is_truncated(place: Place) -> None:
    with (
        place.fault(kind="truncate", phase="after", match={"service": "dynamodb"}),
        _connected(place) as connection,
    ):
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    head, _, body = received.partition(b"\r\n\r\n")
    whole = BODIES["dynamodb"]
    assert b"content-length: %d" % len(whole) in head.lower()
    assert body == whole[: len(whole) // 2]


def test_hanging_call_is_reset_when_its_fault_is_healed(place: Place) -> None:
    started_s = time.monotonic()
    with (
        _connected_and_held(place) as connection,
        pytest.raises(ConnectionResetError),
    ):
        connection.recv(100)

    assert time.monotonic() - started_s < 5


@contextlib.contextmanager
def _connected_and_held(place: Place) -> Iterator[socket.socket]:
    with place.fault(kind="hang", match={"service": "dynamodb"}) as fault:
        connection = _connected(place)
        url = f"{place.url}/_rehearsal/faults/{fault}"
        wait_until("the call to hang", lambda: httpx.get(url, trust_env=False).json()["fired"] == 1, within_s=5)
    with connection:
        yield connection
