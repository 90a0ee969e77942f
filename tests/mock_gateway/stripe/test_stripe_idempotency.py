"""Idempotency keys as Stripe's client sees them: the same key gets the same answer, and nothing happens twice."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from tests.mock_gateway.driving import eventually, together

TERMS = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
KEY = {"idempotency_key": "key-1"}
Ledger = Callable[[], list[tuple[str, str, int]]]


def test_same_answer_when_the_key_is_sent_again(v1: Any, ledger: Ledger, told: Any) -> None:
    first, second = (v1.payment_intents.create(TERMS, KEY) for _ in range(2))

    assert second.to_dict() == first.to_dict()
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert second.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert ledger() == [("charge", "succeeded", 2000)]
    assert told().count("payment_intent.succeeded") == 1


def test_same_error_when_the_key_is_sent_again(v1: Any, ledger: Ledger) -> None:
    bodies = []
    for _ in range(2):
        with pytest.raises(stripe.CardError) as caught:
            v1.payment_intents.create({**TERMS, "payment_method": "pm_card_chargeDeclined"}, KEY)
        bodies.append(caught.value.json_body)

    assert bodies[0] == bodies[1]
    assert caught.value.headers["Idempotent-Replayed"] == "true"
    assert ledger() == [("charge", "declined", 2000)]


def test_idempotency_error_when_the_parameters_differ(v1: Any, ledger: Ledger) -> None:
    v1.payment_intents.create(TERMS, KEY)

    with pytest.raises(stripe.IdempotencyError) as caught:
        v1.payment_intents.create({**TERMS, "amount": 2001}, KEY)

    assert caught.value.http_status == 400
    assert ledger() == [("charge", "succeeded", 2000)]


def test_key_is_free_when_its_request_was_refused(v1: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_intents.create({**TERMS, "amount": 1}, KEY)

    assert v1.payment_intents.create(TERMS, KEY).status == "succeeded"


def test_409_when_the_first_request_is_in_flight(
    v1: Any, client_of: Any, fault: Any, stripe_wire: Any, account: str, ledger: Ledger
) -> None:
    rule = fault("slow", phase="before", delay_ms=150, times=1)
    done = []
    first = threading.Thread(target=lambda: done.append(client_of().v1.payment_intents.create(TERMS, KEY)))
    first.start()
    eventually(lambda: stripe_wire.fired(rule) == 1)

    with pytest.raises(stripe.APIError) as caught:
        v1.payment_intents.create(TERMS, KEY)
    first.join(5)

    assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
    assert v1.payment_intents.create(TERMS, KEY).to_dict() == done[0].to_dict()
    assert ledger() == [("charge", "succeeded", 2000)]


def test_every_step_is_made_once_when_sent_again(v1: Any, ledger: Ledger) -> None:
    held = v1.payment_intents.create({**TERMS, "capture_method": "manual", "confirm": False}, KEY)
    for _ in range(2):
        v1.payment_intents.confirm(held.id, {}, {"idempotency_key": "confirm"})
        v1.payment_intents.capture(held.id, {}, {"idempotency_key": "capture"})
        v1.refunds.create({"payment_intent": held.id, "amount": 100}, {"idempotency_key": "refund"})

    assert [kind for kind, _, _ in ledger()] == ["authorization", "capture", "refund"]


def test_key_belongs_to_one_account(client_of: Any) -> None:
    made = [client_of(stripe_account=f"acct_key_{name}").v1.customers.create({}, KEY).id for name in "ab"]

    assert made[0] != made[1]


def test_one_charge_when_two_confirm_at_once(v1: Any, client_of: Any, ledger: Ledger) -> None:
    intent = v1.payment_intents.create({**TERMS, "confirm": False})

    def confirm(_number: int) -> str:
        try:
            return str(client_of().v1.payment_intents.confirm(intent.id).status)
        except stripe.InvalidRequestError as error:
            return str(error.code)

    outcomes = together(confirm, 4)

    assert sorted(outcomes) == ["payment_intent_unexpected_state"] * 3 + ["succeeded"]
    assert ledger() == [("charge", "succeeded", 2000)]
