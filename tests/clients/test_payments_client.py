"""The payments client says what a customer does, records it, and repeats nothing behind anyone's back."""

import httpx
import pytest

from harness.errors import AnswerUnexpected, StatusTimeout
from harness.units import usd
from tests.clients.fakes import Clients, answer, answers, body_of

CREDITED = answer(200, user_id="u", balance="100.00", currency="USD", version=1)


def completed(**more: object) -> httpx.Response:
    return answer(200, **{"payment_id": "pay-1", "status": "COMPLETED", **more})


def test_wallet_is_credited_when_it_is_opened() -> None:
    clients = Clients(answers(CREDITED))

    alice = clients.payments.wallet(balance="100.00", user="alice")

    (request,) = clients.sent
    assert request.url.path == f"/wallets/{alice.user_id}/credits"
    assert request.headers["x-api-key"] == "key-1"
    assert body_of(request) | {"credit_id": ""} == {"credit_id": "", "amount": "100.00", "currency": "USD"}
    assert alice.balance() == usd("100.00")


def test_opening_raises_when_the_credit_is_refused() -> None:
    clients = Clients(answers(answer(400, error={"code": "validation"})))

    with pytest.raises(AnswerUnexpected, match="answered with 400, expected 200"):
        clients.payments.wallet()


def test_names_are_the_test_s_own_and_the_same_again() -> None:
    first, again = (Clients(answers(CREDITED)).payments for _ in range(2))

    click = first.payment(first.wallet(None), amount="1.00", payment_id="pay-click")

    assert click.payment_id.startswith("pay-click-")
    assert click.body == again.payment(again.wallet(None), amount="1.00", payment_id="pay-click").body
    assert click.body != first.payment(first.wallet(None), amount="1.00", payment_id="pay-click").body


def test_payment_is_sent_once_and_recorded_when_it_is_submitted() -> None:
    clients = Clients(answers(completed()))
    alice = clients.payments.wallet(None)

    paid = clients.payments.pay(alice, amount="40.00", merchant="acme", order_id="o-1")

    (request,) = clients.sent
    assert body_of(request)["amount"] == "40.00"
    assert body_of(request)["merchant"].startswith("acme-")
    assert body_of(request)["order_id"] == "o-1"
    assert (paid.status, paid.status_code) == ("COMPLETED", 200)
    (operation,) = clients.recorder.operations()
    assert (operation.action, operation.outcome, operation.result["status"]) == ("pay", "ok", "COMPLETED")


def test_answer_is_awaited_differently_when_submitted_async() -> None:
    clients = Clients(answers(answer(202, payment_id="pay-1", status="PENDING")))

    clients.payments.payment(clients.payments.wallet(None), amount="1.00").submit_async()

    assert clients.sent[0].headers["Prefer"] == "respond-async"


@pytest.mark.parametrize(
    ("response", "outcome"),
    [
        (completed(), "ok"),
        (answer(202, payment_id="p", status="PENDING"), "ok"),
        (answer(402, payment_id="p", status="FAILED", failure={"code": "card_declined"}), "fail"),
        (answer(503, payment_id="p", status="FAILED", failure={"code": "gateway_unavailable"}), "fail"),
        (answer(409, error={"code": "idempotency_conflict"}), "fail"),
        (answer(429), "fail"),
        (answer(408), "info"),
        (answer(500, error={"code": "internal"}), "info"),
        (answer(502), "info"),
        (answer(503), "info"),
        (httpx.ReadTimeout("too slow"), "info"),
        (httpx.ConnectError("refused"), "info"),
        (httpx.RemoteProtocolError("closed"), "info"),
        (httpx.Response(200, text="<html>"), "ok"),
    ],
    ids=str,
)
def test_outcome_says_what_is_known_when_an_answer_came(response: httpx.Response | Exception, outcome: str) -> None:
    clients = Clients(answers(response))

    clients.payments.pay(clients.payments.wallet(None), amount="1.00")

    (operation,) = clients.recorder.operations()
    assert operation.outcome == outcome
    assert len(clients.sent) == 1  # nothing is repeated silently


def test_code_is_told_when_a_payment_is_refused_or_fails() -> None:
    fields = [{"field": "amount", "code": "too_many_decimals", "message": ""}]
    clients = Clients(
        answers(
            answer(400, error={"code": "validation_failed", "fields": fields}),
            answer(402, payment_id="p", status="FAILED", failure={"code": "card_declined"}),
        )
    )

    refused = clients.payments.post({"amount": "1.001"})
    failed = clients.payments.pay(clients.payments.wallet(None), amount="1.00")

    assert (refused.code, refused.field_codes) == ("validation_failed", {"amount": "too_many_decimals"})
    assert failed.code == "card_declined"


def test_status_is_awaited_when_it_comes_later() -> None:
    pending = answer(200, payment_id="pay-1", status="PENDING")
    clients = Clients(answers(pending, answer(404), pending, completed()))
    started = clients.payments.payment(clients.payments.wallet(None), amount="1.00").submit_async()

    assert started.reaches("COMPLETED", within_s=5).status == "COMPLETED"
    assert [one.action for one in clients.recorder.operations()] == ["pay", *["read_payment"] * 3]


def test_waiting_raises_with_what_was_seen_when_the_status_never_comes() -> None:
    clients = Clients(answers(answer(404), answer(200, payment_id="pay-1", status="PROCESSING")))
    started = clients.payments.pay(clients.payments.wallet(None), amount="1.00", payment_id="p")

    with pytest.raises(StatusTimeout) as caught:
        started.reaches("COMPLETED", within_s=0.1)

    text = str(caught.value)
    assert "is still PROCESSING after 0.1 s, expected COMPLETED" in text.splitlines()[0]
    assert "PROCESSING at" in text
    assert "execution  RUNNING in ProcessPayment, attempt 3" in text


def test_waiting_raises_at_once_when_another_end_is_reached() -> None:
    clients = Clients(answers(answer(200, payment_id="pay-1", status="FAILED")))

    with pytest.raises(StatusTimeout, match="ended FAILED after"):
        clients.payments.pay(clients.payments.wallet(None), amount="1.00").reaches("COMPLETED", within_s=30)


def test_refund_has_an_id_of_its_own_when_none_is_given() -> None:
    clients = Clients(answers(completed(), answer(200, refund_id="r", status="COMPLETED")))
    paid = clients.payments.pay(clients.payments.wallet(None), amount="40.00")

    paid.refund(amount="10.00")
    paid.refund()
    paid.refund(refund_id="twice")
    paid.refund(refund_id="twice")

    first, second, third, fourth = (body_of(request) for request in clients.sent[1:])
    assert first["amount"] == "10.00"
    assert "amount" not in second
    assert first["refund_id"] != second["refund_id"]
    assert third == fourth


def test_key_is_another_when_the_customer_is_on_trial_or_has_none() -> None:
    clients = Clients(answers(answer(429)))

    clients.payments.on_trial().health()
    clients.payments.without_key().health()

    assert clients.sent[0].headers["x-api-key"] == "key-trial"
    assert "x-api-key" not in clients.sent[1].headers


def test_page_is_asked_for_when_payments_are_listed() -> None:
    clients = Clients(answers(answer(200, payments=[])))

    clients.payments.wallet(None, user="u").payments(limit=2, cursor="a+/=")

    assert dict(clients.sent[0].url.params) == {"limit": "2", "cursor": "a+/="}


def test_payments_are_made_anew_until_one_has_the_status() -> None:
    refused = answer(503, payment_id="p", status="FAILED", failure={"code": "gateway_unavailable"})
    clients = Clients(answers(refused, refused, completed()))

    made = clients.payments.pay_until("COMPLETED", clients.payments.wallet(None), amount="1.00", within_s=5)

    assert [one.status for one in made] == ["FAILED", "FAILED", "COMPLETED"]
    assert len({body_of(request)["payment_id"] for request in clients.sent}) == 3


def test_paying_on_raises_when_no_payment_gets_the_status() -> None:
    clients = Clients(answers(answer(429)))

    with pytest.raises(StatusTimeout, match="none of 3 payments of"):
        clients.payments.pay_until("COMPLETED", clients.payments.wallet(None), amount="1.00", times_max=3)


def test_card_number_is_not_recorded_when_one_was_sent() -> None:
    clients = Clients(answers(answer(400)))

    clients.payments.post({"card": "4242 4242 4242 4242", "metadata": {"note": ["no. 4242424242424242!"]}, "amount": 1})

    assert "4242" in clients.sent[0].content.decode()
    assert clients.recorder.operations()[0].value == {
        "card": "[card number]",
        "metadata": {"note": ["no. [card number]!"]},
        "amount": 1,
    }
