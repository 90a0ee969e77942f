"""The plain API's answers and the HTTP below: only whole answers in the gateway's own words are definitive."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from groundwork.http_pool import Answer, AnswerLost, HttpPool, NotSent
from payments.adapters.plain_gateway import PlainGateway, judge, judge_look_up
from payments.domain.gateway import Declined, NoEffect, Succeeded, Unknown

from tests.systems.payments.dialects import CHARGE as CHARGE_ORDER
from tests.systems.payments.dialects import Wire

CHARGE = {"id": "ch_1", "object": "charge", "status": "succeeded", "amount_minor": 4000, "currency": "USD"}


def problem(kind: str, code: str = "") -> dict:
    return {"error": {"type": kind, "code": code or kind, "message": "no"}}


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (201, CHARGE, Succeeded("ch_1", 4000, "USD")),
        (200, CHARGE, Succeeded("ch_1", 4000, "USD")),
        (201, {**CHARGE, "id": ""}, Unknown),
        (202, CHARGE, Unknown),
        (422, problem("invalid_request_error", "unknown_card"), Declined),
        (408, problem("timeout"), Unknown),
    ],
)
def test_answer_to_a_charge_is_judged(status, document, expected):
    outcome = judge(Answer(status, document))

    assert outcome == expected if not isinstance(expected, type) else isinstance(outcome, expected)


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (200, {"state": "completed", "outcome": "succeeded", "charge": CHARGE}, Succeeded("ch_1", 4000, "USD")),
        (200, {"state": "completed", "outcome": "succeeded", "refund": CHARGE}, Succeeded("ch_1", 4000, "USD")),
        (200, {"state": "completed", "outcome": "succeeded"}, Unknown),
        (200, {"state": "completed", "outcome": "declined"}, Declined("card_declined", "the card was declined")),
        (200, {"state": "completed", "outcome": "error"}, Declined),
        (200, {"state": "in_flight"}, Unknown),
        (200, {"state": "completed", "outcome": "else"}, Unknown),
        (200, None, Unknown),
        (404, problem("invalid_request_error", "not_found"), NoEffect()),
        (404, None, Unknown),
        (404, {"message": "Not Found"}, Unknown),
        (500, problem("api_error"), Unknown),
        (503, None, Unknown),
    ],
)
def test_answer_to_a_look_up_is_judged(status, document, expected):
    found = judge_look_up(Answer(status, document))

    assert found == expected if not isinstance(expected, type) else isinstance(found, expected)


def test_look_up_names_the_key_and_the_merchant():
    wire = Wire([Answer(404, problem("invalid_request_error", "not_found"))])

    PlainGateway(wire, "http://gateway").find_charge(replace(CHARGE_ORDER, merchant="m/1"), 1)

    assert wire.calls[0]["url"] == "http://gateway/idempotency-keys/pay-1%3Acharge?merchant=m%2F1"


@contextmanager
def server(answer: bytes | None) -> Iterator[str]:
    """Listen on loopback and give every connection these bytes; None says nothing until the client leaves."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                if answer is None:
                    connection.settimeout(5)
                    connection.recv(1)
                else:
                    connection.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def whole(body: bytes, length: int | None = None, status: str = "201 Created") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {length if length is not None else len(body)}\r\n\r\n"
    return head.encode() + body


def test_answer_is_read_when_it_is_whole():
    with server(whole(json.dumps(CHARGE).encode())) as url:
        answer = HttpPool().call("POST", f"{url}/charges", timeout_s=2, headers={}, body=b"{}")

    assert (answer.status, answer.document) == (201, CHARGE)


@pytest.mark.parametrize("raw", [b"", whole(b'{"id": "ch_', length=200), None, b"\x00\x01 nonsense\r\n\r\n"])
def test_answer_is_lost_when_it_does_not_come_whole(raw):
    with server(raw) as url, pytest.raises(AnswerLost):
        HttpPool().call("POST", f"{url}/charges", timeout_s=0.2, headers={}, body=b"{}")


def test_nothing_was_sent_when_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NotSent):
        HttpPool().call("POST", f"http://127.0.0.1:{port}/charges", timeout_s=0.5, headers={}, body=b"{}")


def test_body_is_no_document_when_it_is_no_json_object():
    with server(whole(b"[1]")) as url:
        assert HttpPool().call("GET", url, timeout_s=2, headers={}).document is None
