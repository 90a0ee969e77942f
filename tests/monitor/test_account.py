"""What is known of an execution in the end: states, way back, failure, balances, gateway calls, what was slow."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from harness.clients import GatewayClient
from harness.clients.api import http_client
from harness.errors import AnswerUnexpected
from harness.monitor import Account, Subject, Witnesses, account_of, closing
from harness.monitor.witnesses import GatewayCalls
from tests.clients.fakes import answer
from tests.monitor.recordings import FakeApi, Recording, witnesses

DECLINED = {"payment_id": "dec-1", "status": "FAILED", "failure": {"code": "card_declined", "message": "no"}}
CHARGE = {"operation": "charge", "status": 402, "delivery": "whole", "replayed": False, "duration_ms": 0.7}


def movement(before: int, after: int, refund_id: str = "") -> dict[str, Any]:
    data = {"previous_balance": before, "new_balance": after, "currency": "USD", "amount": abs(before - after)}
    return {"event_type": "WalletEvent", "data": data | ({"refund_id": refund_id} if refund_id else {})}


def gateway_with(*calls: dict[str, Any]) -> GatewayClient:
    transport = httpx.MockTransport(lambda _: answer(200, calls=list(calls)))
    return GatewayClient(http_client("http://gateway.test", transport))


def test_five_states_are_counted_when_the_payment_is_paid() -> None:
    account = Recording("paid").account()

    assert account.succeeded
    assert (len(account.executed), account.way_back, account.failure, account.advice) == (5, [], "", "")


def test_way_back_and_failure_are_told_when_the_card_is_declined() -> None:
    account = Recording("declined").account(DECLINED)

    assert account.way_back == ["CompensateWallet", "MarkFailed", "PaymentFailed"]
    assert account.failure == "ProcessPayment: PaymentDeclined: card_declined: the card was declined"
    assert "--card tok_visa" in account.advice
    assert len(account.executed) == 6


def test_attempts_are_counted_when_a_state_was_retried() -> None:
    attempts = {step.state: step.attempts for step in Recording("gateway_down").account().executed}

    assert (attempts["ProcessPayment"], attempts["DebitWallet"]) == (3, 1)


def test_slow_states_and_flows_are_named() -> None:
    recording = Recording("paid")
    for number, event in enumerate(recording.events):
        event["timestamp"] += timedelta(seconds=number * 0.5)

    slow = recording.account().slow

    assert slow[0] == "CheckWalletBalance took 2.0 s, the target is below 2 s"
    assert slow[-1] == "the flow took 12.9 s, the target is below 10 s"


def test_nothing_is_slow_when_targets_are_met() -> None:
    assert Recording("paid").account().slow == []


def test_status_is_the_payments_own_and_the_executions_when_nothing_was_recorded() -> None:
    recording = Recording("declined")

    assert recording.account(DECLINED).status == "FAILED"
    assert recording.account({"status": "PROCESSING"}).status == "PROCESSING"
    assert recording.account({}).status == "FAILED"
    assert Recording("refunded").account().status == "COMPLETED"


def test_balances_are_those_before_and_after_when_the_payment_moved_money() -> None:
    subject = Recording("declined").subject
    events = [movement(99100, 98700), movement(98700, 99100)]
    seen = witnesses(**{"payments__dec-1__events": {"events": events}})

    assert (seen.initial_balance(subject), seen.final_balance(subject)) == ("991.00 USD", "991.00 USD")


def test_balances_are_the_refunds_own_when_it_is_one() -> None:
    subject = Recording("refunded").subject
    events = [movement(100000, 99500), movement(99100, 99300, "ref-1"), movement(99300, 99400, "ref-2")]
    seen = witnesses(**{"payments__ok-1__events": {"events": events}})

    assert (seen.initial_balance(subject), seen.final_balance(subject)) == ("991.00 USD", "993.00 USD")


def test_balance_is_the_present_one_when_nothing_moved() -> None:
    subject = Recording("insufficient_funds").subject
    seen = witnesses(wallets__user_test_001={"balance": "7.00", "currency": "USD"})

    assert seen.final_balance(subject) == "7.00 USD"
    assert witnesses().final_balance(subject) == "none: no wallet yet"


def test_balance_is_of_that_very_user_when_the_id_looks_like_a_path() -> None:
    seen = witnesses(wallets__user={"balance": "7.00", "currency": "USD"})

    assert seen.balance("user?x") == "none: no wallet yet"


def test_user_and_currency_come_from_the_payment_when_it_is_a_refund() -> None:
    payment = {"user_id": "user_test_001", "currency": "USD", "order_id": "o-7"}
    events = {"events": [movement(99100, 99300, "ref-1")]}
    seen = witnesses(**{"payments__ok-1": payment, "payments__ok-1__events": events})

    subject = seen.completed(Recording("refunded").subject)

    assert (subject.user_id, subject.price, subject.order_id) == ("user_test_001", "2.00 USD", "o-7")


@pytest.mark.parametrize(
    ("call", "is_shown"),
    [
        ({"reference": "dec-1"}, True),
        ({"idempotency_key": "dec-1:charge", "reference": ""}, True),
        ({"path": "/idempotency-keys/dec-1:charge"}, True),
        ({"metadata": {"payment_id": "dec-1"}}, True),
        ({"reference": "dec-10"}, False),
        ({"reference": "xdec-1"}, False),
        ({"reference": "dec-1", "at": "2020-01-01T00:00:00Z"}, False),
        ({"reference": "dec-1", "at": "2099-01-01T00:00:00Z"}, False),
        ({"reference": "dec-1", "at": "2026-11-21T12:34:32.390001Z"}, True),
    ],
)
def test_gateway_calls_are_those_about_the_payment_while_it_ran(call: dict[str, Any], is_shown: bool) -> None:
    recording = Recording("declined")
    seen = Witnesses(FakeApi(), gateway_with(call))

    found = seen.gateway_calls(recording.subject, recording.flow.transitions[-1].at)

    assert len(found.calls) == int(is_shown)


def test_it_is_said_when_the_gateway_can_not_be_asked() -> None:
    def silent(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    gateway = GatewayClient(http_client("http://gateway.test", httpx.MockTransport(silent)))
    recording = Recording("paid")
    account = account_of(recording.subject, recording.flow, Witnesses(FakeApi(), gateway), "1.00 USD")

    assert account.gateway.problem == "the gateway did not answer GET /_admin/calls"
    assert account.to_json()["warnings"] == [account.gateway.problem]
    assert any("not known: the gateway did not answer" in line.text for line in closing(account))


def test_json_tells_everything() -> None:
    document = json.loads(json.dumps(Recording("declined").account(DECLINED, GatewayCalls((CHARGE,))).to_json()))

    assert document["execution"]["failed_in"] == "ProcessPayment"
    assert (document["execution"]["outcome"], document["execution"]["error"]) == ("FAILED", "PaymentDeclined")
    assert document["compensation"] == ["CompensateWallet", "MarkFailed", "PaymentFailed"]
    assert document["states"][0] | {"took_ms": 0} == {
        "state": "CheckWalletBalance", "result": "success", "took_ms": 0, "type": "Task", "attempts": 1,
        "failures": [], "compensation": False,
    }  # fmt: skip
    assert document["transitions"][-1]["kind"] == "ended"
    assert (document["gateway_calls"], document["states_executed"]) == ([CHARGE], 6)
    assert document["payment"] == DECLINED


def texts(account: Account) -> list[str]:
    return [line.text for line in closing(account)]


def test_closing_tells_status_balance_times_and_the_end() -> None:
    payment = {"status": "COMPLETED", "gateway_ref": "ch_1"}
    told = texts(Recording("paid").account(payment, GatewayCalls((CHARGE | {"status": 201},))))

    assert told[:8] == [
        "payment id ok-1",
        "final status COMPLETED",
        "gateway reference ch_1",
        "gateway call charge 201, in 0.7 ms",
        "final balance 950.00 USD",
        "total time 371 ms",
        "states executed 5",
        "time per state",
    ]
    assert told[8].split()[0] == "CheckWalletBalance"
    assert told[-1] == "complete: 5 states in 371 ms"


def test_closing_tells_where_it_failed_and_what_to_do() -> None:
    told = texts(Recording("declined").account(DECLINED))

    assert "compensation ↩ CompensateWallet → MarkFailed → PaymentFailed" in told
    assert told[-2] == "payment failed in ProcessPayment: PaymentDeclined: card_declined: the card was declined"
    assert told[-1].startswith("do  the card was declined")


def test_odd_gateway_answers_are_told_and_equal_ones_once() -> None:
    lost, lookup = CHARGE | {"status": 201, "delivery": "reset"}, {"operation": "lookup", "status": 404}
    calls = (lost, lookup | {"duration_ms": 0.5}, lookup | {"duration_ms": 2.5}, CHARGE | {"replayed": True})
    hanging = {"method": "POST", "path": "/v1/payment_intents", "status": None, "duration_ms": None}
    told = texts(Recording("paid").account({}, GatewayCalls((*calls, hanging))))

    assert [one for one in told if one.startswith("gateway call")] == [
        "gateway call charge 201, answer reset, in 0.7 ms",
        "gateway call lookup 404, in up to 2.5 ms, 2 times",
        "gateway call charge 402, replayed, in 0.7 ms",
        "gateway call POST /v1/payment_intents, not answered yet",
    ]


def test_payment_is_told_too_when_it_is_a_refund() -> None:
    payment = {"status": "REFUNDED", "refunded_amount": "5.00", "amount": "5.00", "currency": "USD"}
    told = texts(Recording("refunded").account(payment))

    assert "final status COMPLETED; the payment is REFUNDED, 5.00 of 5.00 USD refunded" in told
    assert told[-1] == "complete: 3 states in 194 ms"


def test_refusal_of_the_api_is_raised() -> None:
    class Refusing(FakeApi):
        def ask(self, *_: Any, **__: Any) -> tuple[int, dict[str, Any]]:
            raise AnswerUnexpected("GET /payments/ok-1 was answered with 500")

    recording = Recording("paid")
    with pytest.raises(AnswerUnexpected):
        account_of(recording.subject, recording.flow, Witnesses(Refusing(), gateway_with()), "")


def test_amount_stays_open_when_the_currency_is_not_known() -> None:
    described = Recording("paid").description | {"input": '{"amount_minor": 5, "currency": "XXX"}'}

    assert Subject.of(described, "payment").price == "XXX"
    assert replace(Subject.of(described | {"input": "not JSON"}, "payment"), currency="").price == ""
