"""The API's function: routes, statuses, idempotency, and one shape for every error."""

import json
from dataclasses import replace
from typing import Any

import pytest
from groundwork.deadline import Deadline
from groundwork.executions import ExecutionFailed, ExecutionView
from payments.domain import reconciliation
from payments.domain.errors import StoreUnavailable
from payments.domain.payment import Payment
from payments.domain.refund_desk import RefundDesk
from payments.domain.refunds import RefundRequest
from payments.domain.submission import Pace, PaymentDesk
from payments.domain.validation import Limits
from payments.handlers import payments_api, wallet_service

from tests.systems.machine import STARTED_AT
from tests.systems.payments.fakes import MemoryExecutions, World, soon
from tests.systems.payments.worlds import machine

BODY = {"payment_id": "pay-1", "user_id": "alice", "amount": "40.00", "currency": "USD"}


class Api:
    """The function over a world whose executions end at once, or never."""

    def __init__(self, *, running: bool = False) -> None:
        self.world = World()
        self.slept: list[float] = []
        store = self.world.store
        self.payments = MemoryExecutions(lambda view: view if running else self.walk(view, "payment-flow"))
        self.refunds = MemoryExecutions(lambda view: view if running else self.walk(view, "refund-flow"))
        wallets = wallet_service.Dependencies(store, self.world.clock)
        self.deps = payments_api.Dependencies(
            store=store,
            lists=store,
            payments=PaymentDesk(store, self.payments, Pace(), self.slept.append),
            refunds=RefundDesk(store, self.refunds, self.slept.append),
            credit_wallet=lambda event: wallet_service.handle(event, wallets, soon()) or {},
            limits=Limits(),
            wait_s=0.2 if running else 5.0,
        )

    def walk(self, view: ExecutionView, flow: str) -> ExecutionView:
        start = {"payment-flow": "CheckWalletBalance", "refund-flow": "ReserveRefund"}[flow]
        run = machine(self.world, flow).run(start, json.loads(view.input), view.arn.rpartition(":")[2])
        return replace(view, status=run.status, output=json.dumps(run.output), error=run.error, cause=run.cause)

    def __call__(self, route: str, body: Any = None, **event: Any) -> tuple[int, Any, dict[str, str]]:
        method, _, path = route.partition(" ")
        answer = payments_api.handle(
            {
                "httpMethod": method,
                "resource": path,
                "body": body if isinstance(body, str) or body is None else json.dumps(body),
                "requestContext": {"requestId": "req-1"},
                **event,
            },
            self.deps,
            Deadline.after(5),
        )
        return answer["statusCode"], json.loads(answer["body"]), answer["headers"]

    def pay(self, headers: dict[str, str] | None = None, **change: Any) -> tuple[int, Any, dict[str, str]]:
        return self("POST /payments", {**BODY, **change}, headers=headers)

    def refund(self, **body: Any) -> tuple[int, Any, dict[str, str]]:
        return self("POST /payments/{payment_id}/refunds", body, pathParameters={"payment_id": "pay-1"})


def test_payment_is_answered_with_its_document_when_it_completes():
    status, document, headers = Api().pay(metadata={"a": "b"}, order_id="o-1")

    assert status == 200
    assert document.pop("updated_at")
    assert document == {
        "payment_id": "pay-1",
        "user_id": "alice",
        "amount": "40.00",
        "currency": "USD",
        "status": "COMPLETED",
        "refunded_amount": "0.00",
        "order_id": "o-1",
        "merchant": "default",
        "gateway_ref": "ch_1",
        "metadata": {"a": "b"},
        "created_at": STARTED_AT,
        "execution_arn": "arn:aws:states:x:1:execution:flow:pay-1",
    }
    assert headers["X-Correlation-Id"] == "pay-1"


def test_same_answer_comes_when_a_payment_is_sent_twice():
    api = Api()

    assert api.pay() == api.pay()
    assert len(api.world.gateway.charged) == 1


def test_other_content_is_refused_when_an_id_was_used():
    api = Api()
    api.pay()

    status, document, _ = api.pay(amount="41.00")

    assert (status, document["error"]["code"]) == (409, "idempotency_conflict")


def test_other_content_is_refused_when_there_is_no_record_yet():
    api = Api(running=True)
    api.pay()

    status, document, _ = api.pay(amount="41.00")

    assert (status, document["error"]["code"]) == (409, "idempotency_conflict")


def test_other_content_is_refused_when_the_name_may_be_used_again():
    """Step Functions forgets a name after 90 days; the record doesn't."""
    api = Api()
    api.pay()
    api.payments.views.clear()

    status, document, _ = api.pay(amount="41.00")

    assert (status, document["error"]["code"]) == (409, "idempotency_conflict")
    assert api.world.balance() == 6_000


@pytest.mark.parametrize(
    ("change", "script", "status", "code"),
    [
        ({"amount": "100.01"}, [], 402, "insufficient_funds"),
        ({}, ["declined"], 402, "card_declined"),
        ({}, ["refused"] * 3, 503, "gateway_unavailable"),
    ],
)
def test_failed_payment_is_answered_with_its_document(change, script, status, code):
    api = Api()
    api.world.gateway.script = script

    answered, document, headers = api.pay(**change)

    assert (answered, document["status"], document["failure"]["code"]) == (status, "FAILED", code)
    assert ("Retry-After" in headers) == (status == 503)
    assert api.pay(**change)[:2] == (status, document)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [({"user_id": "bob"}, 404, "wallet_not_found"), ({"currency": "EUR"}, 422, "currency_mismatch")],
)
def test_error_is_told_when_there_is_no_fitting_wallet(change, status, code):
    api = Api()

    answered, document, _ = api.pay(**change)

    assert (answered, document["error"]["code"]) == (status, code)
    assert api.pay(**change)[:2] == (answered, document)


def test_location_is_given_when_the_payment_takes_longer_than_the_wait():
    status, document, headers = Api(running=True).pay()

    assert (status, document["status"]) == (202, "PENDING")
    assert headers["Location"] == "/payments/pay-1"


def test_nothing_is_waited_for_when_the_client_prefers_so():
    api = Api(running=True)

    status, _, headers = api.pay(headers={"Prefer": "respond-async"})

    assert (status, headers["Location"], api.slept) == (202, "/payments/pay-1", [])


def test_payment_can_be_read_between_its_start_and_its_record():
    api = Api(running=True)
    api.pay(headers={"prefer": "respond-async"})

    status, document, _ = api("GET /payments/{payment_id}", pathParameters={"payment_id": "pay-1"})

    assert (status, document["status"]) == (200, "PENDING")


def test_key_names_the_payment_when_the_body_does_not():
    api = Api()
    body = {name: value for name, value in BODY.items() if name != "payment_id"}

    _, document, _ = api("POST /payments", body, headers={"Idempotency-Key": "key-1"})
    _, other, _ = api("POST /payments", body)

    assert document["payment_id"] == "key-1"
    assert other["payment_id"].startswith("pay_")


def test_fields_are_told_when_a_request_is_not_valid():
    status, document, _ = Api().pay(amount="-1", card="4242424242424242")

    error = document["error"]
    assert (status, error["type"], error["code"], error["correlation_id"]) == (
        400,
        "validation_error",
        "invalid_request",
        "req-1",
    )
    assert {(one["field"], one["code"]) for one in error["fields"]} == {
        ("amount", "not_positive"),
        ("card", "card_number_refused"),
    }
    assert "4242" not in json.dumps(document)


@pytest.mark.parametrize(("body", "status"), [("{", 400), (None, 400), ('"' + "x" * 20_000 + '"', 413)])
def test_body_is_refused_when_it_is_no_object(body, status):
    assert Api()("POST /payments", body)[0] == status


def test_body_is_refused_when_it_is_no_text():
    assert Api()("POST /payments", "/////w==", isBase64Encoded=True)[0] == 400


def test_trace_is_not_told_when_something_unexpected_happens(monkeypatch):
    api = Api()
    monkeypatch.setattr(api.world.store, "wallet", lambda _: {}["secret"])

    status, document, _ = api("GET /wallets/{user_id}", pathParameters={"user_id": "alice"})

    assert status == 500
    assert document["error"]["code"] == "internal_error"
    assert "secret" not in json.dumps(document)


def test_retry_is_suggested_when_the_tables_are_busy(monkeypatch):
    api = Api()

    def busy(_: str) -> Payment:
        raise StoreUnavailable("the tables are busy")

    monkeypatch.setattr(api.world.store, "payment", busy)

    status, document, headers = api("GET /payments/{payment_id}", pathParameters={"payment_id": "pay-1"})

    assert (status, document["error"]["code"]) == (503, "try_again")
    assert int(headers["Retry-After"]) >= 1


def test_refund_is_answered_the_same_when_it_is_sent_twice():
    api = Api()
    api.pay()

    first = api.refund(refund_id="ref-1", amount="15.00")

    assert first[:2] == (
        200,
        {
            "refund_id": "ref-1",
            "payment_id": "pay-1",
            "amount": "15.00",
            "currency": "USD",
            "status": "COMPLETED",
            "payment_status": "COMPLETED",
            "refunded_amount": "15.00",
        },
    )
    assert api.refund(refund_id="ref-1", amount="15.00") == first
    assert api.refund(refund_id="ref-1", amount="16.00")[1]["error"]["code"] == "idempotency_conflict"
    assert api.refund()[1]["payment_status"] == "REFUNDED"
    assert api.refund(amount="1.00")[:1] == (409,)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [({"amount": "40.01"}, 409, "refund_exceeds_payment"), ({"amount": "1.001"}, 400, "invalid_request")],
)
def test_refund_is_refused_when_it_is_not_due(body, status, code):
    api = Api()
    api.pay()

    answered, document, _ = api.refund(**body)

    assert (answered, document["error"]["code"]) == (status, code)


def test_refund_is_refused_when_the_payment_is_not_completed():
    api = Api()
    assert api.refund()[0] == 404
    api.pay(amount="500.00")

    assert api.refund()[1]["error"]["code"] == "payment_not_refundable"


def test_refund_is_pending_when_the_gateway_is_away():
    api = Api()
    api.pay()
    api.world.gateway.script = ["refused"] * 50

    status, document, _ = api.refund(refund_id="ref-1")

    assert (status, document["status"]) == (202, "PENDING")
    assert api.refund(refund_id="ref-1")[:2] == (status, document)


@pytest.mark.parametrize(("asked", "told"), [({"amount": "15.00"}, "15.00"), ({}, None)])
def test_pending_refund_tells_its_amount_when_one_was_asked_for(asked, told):
    api = Api()
    api.pay()
    api.world.gateway.script = ["refused"] * 50

    status, document, _ = api.refund(refund_id="ref-1", **asked)

    assert (status, document.get("amount")) == (202, told)


def test_refund_is_refused_when_the_gateway_refused_it_after_it_was_parked():
    api = Api()
    api.pay()
    api.world.gateway.script = ["refused"] * 50
    api.refund(refund_id="ref-1")
    api.world.gateway.script = ["never"]
    api.world.clock.advance(60)
    reconciliation.finish_refund(api.world.cashier, RefundRequest("ref-1", "pay-1"), soon())

    status, document, _ = api.refund(refund_id="ref-1")

    assert (status, document["error"]["code"]) == (409, "refund_refused")


def test_wallet_is_credited_and_read():
    api = Api()
    path = {"pathParameters": {"user_id": "bob"}}

    status, document, _ = api(
        "POST /wallets/{user_id}/credits", {"amount": "5.00", "currency": "EUR", "credit_id": "c-1"}, **path
    )
    read = api("GET /wallets/{user_id}", **path)[1]

    expected = {"user_id": "bob", "balance": "5.00", "currency": "EUR", "version": 1}
    assert (status, document) == (200, {**expected, "credit_id": "c-1"})
    assert read == {**expected, "updated_at": api.world.store.wallets["bob"].updated_at}


def test_error_of_the_wallet_service_is_told(monkeypatch):
    api = Api()

    def refused(_: dict[str, Any]) -> dict[str, Any]:
        raise ExecutionFailed("CurrencyMismatch", "currency_mismatch", "the wallet holds USD")

    object.__setattr__(api.deps, "credit_wallet", refused)
    body = {"amount": "5.00", "currency": "EUR"}

    status, document, _ = api("POST /wallets/{user_id}/credits", body, pathParameters={"user_id": "alice"})

    assert (status, document["error"]["code"]) == (422, "currency_mismatch")


def test_payments_are_listed_page_by_page():
    api = Api()
    for number in range(3):
        api.pay(payment_id=f"pay-{number}", amount="1.00")
    path = {"pathParameters": {"user_id": "alice"}}

    _, first, _ = api("GET /users/{user_id}/payments", **path, queryStringParameters={"limit": "2"})
    _, second, _ = api(
        "GET /users/{user_id}/payments", **path, queryStringParameters={"limit": "2", "cursor": first["cursor"]}
    )

    assert (len(first["payments"]), len(second["payments"]), second.get("cursor")) == (2, 1, None)


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1", "1" * 50, "²"])
def test_limit_is_refused_when_it_is_out_of_range(limit):
    path = {"pathParameters": {"user_id": "alice"}, "queryStringParameters": {"limit": limit}}

    assert Api()("GET /users/{user_id}/payments", **path)[0] == 400


def test_events_are_told_in_order():
    api = Api()
    api.pay()
    path = {"pathParameters": {"payment_id": "pay-1"}}

    _, document, _ = api("GET /payments/{payment_id}/events", **path)

    assert document["events"][0]["event_type"] == "PaymentRequestEvent"
    assert document["events"][0]["data"]["amount"] == 4000
    assert Api()("GET /payments/{payment_id}/events", **path)[0] == 404


def test_health_is_told_and_other_paths_lead_nowhere():
    assert Api()("GET /health")[:2] == (200, {"status": "ok", "service": "payments"})
    assert Api()("GET /else")[0] == 404
