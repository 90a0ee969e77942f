"""How a gateway's answers are judged: only whole answers in its own words are definitive."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from payments.adapters.http import Answer, AnswerLost, HttpPool, NotSent
from payments.adapters.plain_gateway import PlainGateway, judge, judge_look_up
from payments.domain.gateway import ChargeOrder, Declined, NoEffect, NotExecuted, RefundOrder, Succeeded, Unknown

CHARGE = {"id": "ch_1", "object": "charge", "status": "succeeded", "amount_minor": 4000, "currency": "USD"}
ORDER = ChargeOrder("pay-1:charge", "pay-1", 4000, "USD", "tok_visa", "m-1", "alice")


def problem(kind: str, code: str = "") -> dict:
    return {"error": {"type": kind, "code": code or kind, "message": "no"}}


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        (201, CHARGE, Succeeded("ch_1", 4000, "USD")),
        (200, CHARGE, Succeeded("ch_1", 4000, "USD")),
        (201, None, Unknown),
        (201, {**CHARGE, "status": "pending"}, Unknown),
        (201, {**CHARGE, "amount_minor": "4000"}, Unknown),
        (201, {**CHARGE, "amount_minor": True}, Unknown),
        (201, {**CHARGE, "id": ""}, Unknown),
        (202, CHARGE, Unknown),
        (302, None, Unknown),
        (402, problem("card_error", "card_declined"), Declined("card_declined", "no")),
        (402, problem("card_error", "expired_card"), Declined("expired_card", "no")),
        (402, None, Unknown),
        (402, {"message": "Payment Required"}, Unknown),
        (400, problem("invalid_request_error", "unknown_card"), Declined),
        (400, problem("idempotency_error"), Unknown),
        (400, None, Unknown),
        (404, problem("invalid_request_error", "not_found"), Declined),
        (409, problem("idempotency_key_in_use"), Unknown),
        (401, problem("authentication_error"), NotExecuted),
        (403, problem("permission_error"), NotExecuted),
        (429, problem("rate_limit_error"), NotExecuted),
        (429, None, Unknown),
        (408, problem("timeout"), Unknown),
        (500, problem("api_error"), Unknown),
        (502, None, Unknown),
        (503, problem("api_error", "maintenance"), Unknown),
        (504, None, Unknown),
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


class Lost:
    """An HTTP client that loses everything."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def call(self, *_: object, **__: object) -> Answer:
        raise self.error


@pytest.mark.parametrize(("error", "expected"), [(NotSent("x"), NotExecuted), (AnswerLost("x"), Unknown)])
def test_outcome_is_known_only_when_the_request_did_not_leave(error, expected):
    gateway = PlainGateway(Lost(error), "http://gateway")

    assert isinstance(gateway.charge(ORDER, 1), expected)
    assert isinstance(gateway.refund(RefundOrder("k", "pay-1", "ch_1", "m-1", "USD"), 1), expected)
    assert isinstance(gateway.look_up("k", "m-1", 1), Unknown)


class Heard:
    """An HTTP client that hears what is asked."""

    def __init__(self) -> None:
        self.calls: list[tuple] = []

    def call(self, method: str, url: str, *, timeout_s: float, headers=None, body=None) -> Answer:
        self.calls.append((method, url, headers, body))
        return Answer(201, CHARGE)


def test_key_reference_and_customer_reach_the_gateway():
    http = Heard()

    PlainGateway(http, "http://gateway").charge(ORDER, 1)
    PlainGateway(http, "http://gateway").look_up("pay-1:charge", "m/1", 1)

    charge, look_up = http.calls
    assert charge[:3] == ("POST", "http://gateway/charges", {"Idempotency-Key": "pay-1:charge"})
    assert charge[3]["reference"] == "pay-1"
    assert charge[3]["customer"] == "alice"
    assert look_up[1] == "http://gateway/idempotency-keys/pay-1%3Acharge?merchant=m%2F1"


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
        answer = HttpPool().call("POST", f"{url}/charges", timeout_s=2, body={})

    assert (answer.status, answer.document) == (201, CHARGE)


@pytest.mark.parametrize("raw", [b"", whole(b'{"id": "ch_', length=200), None, b"\x00\x01 nonsense\r\n\r\n"])
def test_answer_is_lost_when_it_does_not_come_whole(raw):
    with server(raw) as url, pytest.raises(AnswerLost):
        HttpPool().call("POST", f"{url}/charges", timeout_s=0.2, body={})


def test_nothing_was_sent_when_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    with pytest.raises(NotSent):
        HttpPool().call("POST", f"http://127.0.0.1:{port}/charges", timeout_s=0.5, body={})


def test_body_is_no_document_when_it_is_no_json_object():
    with server(whole(b"[1]")) as url:
        assert HttpPool().call("GET", url, timeout_s=2).document is None
