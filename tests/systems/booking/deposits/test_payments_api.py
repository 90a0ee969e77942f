"""The payments system's API behind its port: what is sent, and what each answer is taken for."""

import json
from typing import Any

import pytest
from booking.adapters.payments_api import PaymentsApi
from booking.domain.booking import BookingRequest
from booking.domain.errors import StoreUnavailable
from booking.domain.payment_system import (
    Declined,
    Deposit,
    NoRecord,
    NotAsked,
    Returned,
    Taken,
    UnderWay,
    Unknown,
)
from groundwork.http_pool import Answer, AnswerLost, NotSent

DEPOSIT = Deposit("ten_a", "ten_a-1", "usr_alice", 2_000, "USD", "tok_visa")
TOLD = {"payment_id": "dep-ten_a-1", "user_id": "usr_alice", "amount": "20.00", "currency": "USD"}


class Line:
    """An HTTP client that gives one answer and keeps what it was asked."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.calls: list[dict[str, Any]] = []

    def call(self, method: str, url: str, **call: Any) -> Answer:
        self.calls.append({"method": method, "url": url, **call})
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class Key:
    """The API's key."""

    def __init__(self) -> None:
        self.forgotten, self.unreadable = 0, False

    def text(self) -> str:
        if self.unreadable:
            raise StoreUnavailable("a secret can't be read now")
        return "key-1"

    def forget(self) -> None:
        self.forgotten += 1


def api(answer: Answer | Exception) -> PaymentsApi:
    return PaymentsApi(Line(answer), "http://payments", Key())


def payment(status: str, **more: Any) -> dict[str, Any]:
    return {**TOLD, "status": status, **more}


def error(code: str) -> dict[str, Any]:
    return {"error": {"type": "x", "code": code, "message": "m"}}


FAILED = payment("FAILED", failure={"code": "card_declined", "message": "the card was declined"})
DECLINED = Declined("card_declined", "the card was declined")
NOT_SENT, LOST = NotSent("no"), AnswerLost("no")


def test_deposit_is_asked_for_as_one_payment_without_waiting():
    line = Line(Answer(202, payment("PENDING")))

    PaymentsApi(line, "http://payments", Key()).pay(DEPOSIT, 1.5)

    (call,) = line.calls
    assert (call["method"], call["url"], call["timeout_s"]) == ("POST", "http://payments/payments", 1.5)
    assert call["headers"] == {
        "x-api-key": "key-1",
        "Content-Type": "application/json",
        "Prefer": "respond-async",
    }
    assert json.loads(call["body"]) == {**TOLD, "card": "tok_visa", "order_id": "ten_a-1", "merchant": "ten_a"}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, payment("COMPLETED")), Taken("dep-ten_a-1")),
        (Answer(202, payment("PENDING")), UnderWay()),
        (Answer(202, payment("PROCESSING")), UnderWay()),
        (Answer(200, payment("REFUNDED")), Returned()),
        (Answer(402, FAILED), DECLINED),
        (Answer(503, FAILED), DECLINED),
        (Answer(404, error("wallet_not_found")), "wallet_not_found"),
        (Answer(422, error("currency_mismatch")), "currency_mismatch"),
        (Answer(400, error("invalid_request")), "invalid_request"),
        (Answer(403, error("api_key_missing")), NotAsked),
        (Answer(429, error("too_many_requests")), NotAsked),
        (NOT_SENT, NotAsked),
        (LOST, Unknown),
        (Answer(503, error("try_again")), Unknown),
        (Answer(500, None), Unknown),
        (Answer(404, None), Unknown),
        (Answer(409, error("idempotency_conflict")), Unknown),
        (Answer(200, None), Unknown),
        (Answer(200, payment("COMPLETED", amount="200.00")), Unknown),
        (Answer(200, payment("COMPLETED", currency="EUR")), Unknown),
        (Answer(200, payment("COMPLETED", user_id="usr_bob")), Unknown),
        (Answer(200, payment("STRANGE")), Unknown),
    ],
)
def test_answer_to_a_payment_is_taken_for_what_it_surely_means(answer, outcome):
    told = api(answer).pay(DEPOSIT, 1)

    if isinstance(outcome, str):
        assert isinstance(told, Declined)
        assert told.code == outcome
    elif isinstance(outcome, type):
        assert isinstance(told, outcome)
    else:
        assert told == outcome


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, payment("COMPLETED")), Taken("dep-ten_a-1")),
        (Answer(200, payment("PROCESSING")), UnderWay()),
        (Answer(200, FAILED), DECLINED),
        (Answer(404, error("payment_not_found")), NoRecord()),
    ],
)
def test_payment_is_asked_after_by_its_id(answer, outcome):
    line = Line(answer)

    assert PaymentsApi(line, "http://payments", Key()).standing(DEPOSIT, 1) == outcome

    (call,) = line.calls
    assert (call["method"], call["url"], call["body"]) == ("GET", "http://payments/payments/dep-ten_a-1", None)


@pytest.mark.parametrize("answer", [Answer(404, None), Answer(404, error("not_found")), Answer(502, None)])
def test_missing_payment_counts_only_in_the_words_of_the_payments_system(answer):
    assert isinstance(api(answer).standing(DEPOSIT, 1), Unknown)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(200, {"status": "COMPLETED"}), Returned()),
        (Answer(202, {"status": "PENDING"}), UnderWay()),
        (Answer(409, error("refund_refused")), Declined("refund_refused", "the payments system refused the refund")),
        (Answer(200, None), Unknown("the payments system answered 200 to the refund")),
        (Answer(503, error("try_again")), Unknown("the payments system answered 503 to the refund")),
        (LOST, Unknown("the payments system did not answer")),
    ],
)
def test_answer_to_a_refund_is_taken_for_what_it_surely_means(answer, outcome):
    line = Line(answer)

    assert PaymentsApi(line, "http://payments", Key()).refund(DEPOSIT, 1) == outcome

    assert line.calls[0]["url"] == "http://payments/payments/dep-ten_a-1/refunds"
    assert json.loads(line.calls[0]["body"])["refund_id"] == "dep-refund-ten_a-1"


def test_payment_belongs_to_the_trace_of_its_booking():
    line = Line(Answer(200, payment("COMPLETED")))

    PaymentsApi(line, "http://payments", Key(), lambda: "Root=1-5e-1").standing(DEPOSIT, 1)

    assert line.calls[0]["headers"]["X-Amzn-Trace-Id"] == "Root=1-5e-1"


def test_key_is_read_anew_when_it_is_refused():
    key = Key()

    PaymentsApi(Line(Answer(403, error("api_key_missing"))), "http://payments", key).standing(DEPOSIT, 1)

    assert key.forgotten == 1


def test_nothing_is_sent_when_the_key_can_not_be_had():
    line, key = Line(Answer(200, payment("COMPLETED"))), Key()
    key.unreadable = True

    assert isinstance(PaymentsApi(line, "http://payments", key).pay(DEPOSIT, 1), NotAsked)
    assert line.calls == []


def test_ids_of_a_deposit_fit_what_payments_takes():
    """64 characters (payments' own limit), from a real tenant's id and a derived booking's."""
    from booking.domain.ids import random_id

    request = BookingRequest(random_id("tnt"), "s", "p", None, "n", "e", "api", "key")  # type: ignore[arg-type]
    deposit = Deposit(request.tenant_id, request.booking_id, "u", 1, "USD")

    assert max(len(deposit.payment_id), len(deposit.refund_id)) <= 64
