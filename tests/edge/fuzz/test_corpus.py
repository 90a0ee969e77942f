"""Requests that are wrong in one way each: the edge refuses or bears them, and is as well as before."""

import socket
import struct

import pytest

from harness.edge.app import HELD_BYTES_MAX
from harness.edge.wire import HEAD_BYTES_MAX
from harness.waiting import wait_until
from tests.edge.fuzz.corpus import ADMIN, ALL, JSON, SCOPE, request
from tests.edge.fuzz.subject import Subject

GROWS_MB_MAX = 120.0


@pytest.mark.parametrize("name", ALL)
def test_edge_is_well_when_it_was_sent(name: str, subject: Subject) -> None:
    data = ALL[name]
    subject.exchange(data, within_s=0.05)
    subject.exchange(data, half_close=True, within_s=0.05)
    subject.exchange(data[: len(data) // 2], data[len(data) // 2 :], leave=True)
    subject.exchange(data[: 2 * len(data) // 3], half_close=True, within_s=0.01)
    subject.exchange(data[: len(data) // 3], leave=True)

    subject.must_be_well()


@pytest.mark.parametrize("name", [*JSON, *ADMIN])
def test_answer_blames_the_client_when_the_body_is_wrong(name: str, subject: Subject) -> None:
    answer = subject.exchange(ALL.get(f"json: {name}") or ALL[f"admin: {name}"], within_s=1.0)

    assert not answer.startswith(b"HTTP/1.1 5"), answer
    subject.must_be_well()


@pytest.mark.parametrize("name", ["invalid UTF-8", "half a surrogate", "array", "null", "cut off", "arrays in arrays",
                                  "object for a table", "array for a setting", "number of 6000 digits"])  # fmt: skip
def test_answer_is_awss_when_the_json_makes_no_sense(name: str, subject: Subject) -> None:
    answer = subject.exchange(JSON[name], within_s=1.0)

    assert answer.startswith(b"HTTP/1.1 400")
    assert b"SerializationException" in answer or b"ValidationException" in answer


def test_client_is_sent_away_when_its_headers_never_end(subject: Subject) -> None:
    before_mb = subject.memory_mb()
    endless = [b"POST / HTTP/1.1\r\nX-A: ", *[b"a" * 65_536] * (4 * HEAD_BYTES_MAX // 65_536)]

    answer = subject.exchange(*endless, within_s=2.0)

    assert answer.startswith(b"HTTP/1.1 431") or answer == b""
    assert subject.memory_mb() - before_mb < GROWS_MB_MAX
    subject.must_be_well()


@pytest.mark.parametrize("is_declared", [True, False])
def test_body_is_refused_when_it_is_larger_than_any_service_takes(is_declared: bool, subject: Subject) -> None:
    before_mb, size = subject.memory_mb(), HELD_BYTES_MAX + 8 * 2**20
    block = b"x" * 2**20
    if is_declared:
        parts = [request(b"", length=b"%d" % size), *[block] * (size // len(block))]
    else:
        head = request(b"").replace(b"Content-Length: 0\r\n", b"Transfer-Encoding: chunked\r\n")
        parts = [head, *[b"100000\r\n" + block + b"\r\n"] * (size // len(block)), b"0\r\n\r\n"]

    answer = subject.exchange(*parts, within_s=5.0)

    assert answer.startswith(b"HTTP/1.1 413")
    assert subject.memory_mb() - before_mb < HELD_BYTES_MAX / 2**20 + GROWS_MB_MAX
    subject.must_be_well()


def test_edge_is_well_when_clients_reset_their_connections(subject: Subject) -> None:
    for _ in range(50):
        connection = socket.create_connection(("127.0.0.1", subject.port))
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(request(b'{"TableName":"fuzzed"}', b"Scan"))
        connection.close()

    subject.must_be_well()


def test_edge_is_well_when_many_connections_send_nothing(subject: Subject) -> None:
    idle = [socket.create_connection(("127.0.0.1", subject.port)) for _ in range(200)]
    try:
        for connection in idle[::2]:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: ")
        subject.must_be_well()
    finally:
        for connection in idle:
            connection.close()


def test_every_answer_comes_in_order_when_requests_are_pipelined(subject: Subject) -> None:
    names = [f"table-{number}" for number in range(40)]
    sent = b"".join(request(b'{"TableName":"%s"}' % name.encode(), b"DescribeTable") for name in names)

    answer = subject.exchange(sent, within_s=2.0).decode()

    assert answer.count("HTTP/1.1 400") == len(names)
    places = [answer.index(f"{name} not found") for name in names]
    assert places == sorted(places)


def test_item_is_written_byte_by_byte_when_the_client_is_slow(subject: Subject) -> None:
    body = b'{"TableName":"fuzzed","Item":{"ID":{"S":"slow"}}}'

    answer = subject.exchange(*[bytes([one]) for one in request(body)], within_s=2.0)

    assert answer.startswith(b"HTTP/1.1 200")
    assert subject.tables.get_item(TableName="fuzzed", Key={"ID": {"S": "slow"}})["Item"]


def test_nothing_is_written_when_the_client_leaves_before_its_body_is_whole(subject: Subject) -> None:
    body = b'{"TableName":"fuzzed","Item":{"ID":{"S":"gone"}}}'
    for cut in range(1, len(body)):
        subject.exchange(request(body, length=b"%d" % len(body))[: -len(body) + cut - 1], leave=True)
    wait_until("an answer after them", lambda: subject.http.get("/_rehearsal/health").is_success, within_s=2)

    assert "Item" not in subject.tables.get_item(TableName="fuzzed", Key={"ID": {"S": "gone"}})


def test_accounts_stay_apart_when_one_has_a_strange_name(subject: Subject) -> None:
    strange = (SCOPE % b"dynamodb").replace(b"test/", b"111111111111/")
    answer = subject.exchange(request(b'{"TableName":"fuzzed"}', b"DescribeTable", scope=strange), within_s=1.0)

    assert b"ResourceNotFoundException" in answer
