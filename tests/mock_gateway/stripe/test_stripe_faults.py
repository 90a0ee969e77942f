"""Faults on Stripe's face: what its client makes of them, and that its own retries never charge twice."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

ONE_CHARGE = [("charge", "succeeded", 2000)]
TERMS = {"amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
Ledger = Callable[[], list[tuple[str, str, int]]]


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("rate_limited", stripe.RateLimitError),
        ("error", stripe.APIError),
        ("maintenance", stripe.APIError),
        ("malformed_json", stripe.APIError),
        ("wrong_content_type", stripe.APIError),
        ("reset", stripe.APIConnectionError),
        ("truncate", stripe.APIConnectionError),
    ],
)
def test_client_raises_its_own_error(
    paid: Any, fault: Any, stripe_wire: Any, ledger: Ledger, kind: str, error: type[Exception]
) -> None:
    rule = fault(kind, {"operation": "charge"}, phase="before")

    with pytest.raises(error) as caught:
        paid()

    assert (stripe_wire.fired(rule), ledger()) == (1, [])
    if kind == "rate_limited":
        assert caught.value.json_body["error"]["code"] == "rate_limit"
    stripe_wire.heal(rule)
    assert paid().status == "succeeded"


def test_one_charge_when_answers_are_lost_and_the_client_tries_again(
    client_of: Any, fault: Any, stripe_wire: Any, ledger: Ledger
) -> None:
    rule = fault("reset", {"operation": "charge"}, phase="after", times=2)

    intent = client_of(max_network_retries=2).v1.payment_intents.create(TERMS)

    assert (intent.status, stripe_wire.fired(rule)) == ("succeeded", 2)
    assert ledger() == ONE_CHARGE


def test_one_charge_when_half_an_answer_came_and_the_caller_tries_again(
    client_of: Any, fault: Any, stripe_wire: Any, ledger: Ledger
) -> None:
    rule = fault("truncate", {"operation": "charge"}, phase="after", times=1)
    v1, key = client_of(max_network_retries=2).v1, {"idempotency_key": "key-1"}

    # The client itself does not try again after half an answer.
    with pytest.raises(stripe.APIConnectionError):
        v1.payment_intents.create(TERMS, key)

    assert v1.payment_intents.create(TERMS, key).status == "succeeded"
    assert (stripe_wire.fired(rule), ledger()) == (1, ONE_CHARGE)


def test_error_stays_under_its_key_when_the_money_had_moved(client_of: Any, fault: Any, ledger: Ledger) -> None:
    fault("error", {"operation": "charge"}, phase="after", times=1)

    with pytest.raises(stripe.APIError):
        client_of(max_network_retries=2).v1.payment_intents.create(TERMS)

    assert ledger() == ONE_CHARGE


def test_answer_lies_when_amount_and_currency_are_garbled(v1: Any, paid: Any, fault: Any, ledger: Ledger) -> None:
    fault("wrong_amount", {"operation": "charge"}, times=1, difference_minor=7)
    first = paid()
    fault("wrong_currency", {"operation": "refund"}, times=1)
    refund = v1.refunds.create({"payment_intent": first.id})

    assert (first.amount, first.amount_received, first.amount_capturable) == (2007, 2007, 0)
    assert refund.currency == "eur"
    assert v1.payment_intents.retrieve(first.id).amount == 2000
    assert ledger() == [*ONE_CHARGE, ("refund", "succeeded", 2000)]


@pytest.mark.parametrize("is_new", [True, False])
def test_two_charges_when_the_gateway_charges_twice(
    v1: Any, paid: Any, fault: Any, ledger: Ledger, is_new: bool
) -> None:
    fault("duplicate_charge", times=1)

    made = paid() if is_new else v1.payment_intents.confirm(paid(confirm=False).id)

    assert made.status == "succeeded"
    assert ledger() == ONE_CHARGE * 2
    assert len(v1.charges.list({"payment_intent": made.id}).data) == 2


def test_two_charges_when_the_gateway_charges_twice_what_the_cardholder_agreed_to(
    v1: Any, paid: Any, fault: Any, stripe_wire: Any, ledger: Ledger
) -> None:
    waiting = paid(payment_method="pm_card_authenticationRequired")
    fault("duplicate_charge", times=1)

    secret = waiting.client_secret
    decided = stripe_wire.send("POST", f"/stripe/authenticate/{waiting.id}?client_secret={secret}&agreed=true")

    assert decided.status == 200
    assert ledger() == ONE_CHARGE * 2
    assert v1.payment_intents.retrieve(waiting.id).status == "succeeded"


def test_nothing_is_charged_when_the_cardholder_disagrees_and_the_gateway_charges_twice(
    client_of: Any, paid: Any, fault: Any, ledger: Ledger
) -> None:
    waiting = paid(payment_method="pm_card_authenticationRequired")
    fault("duplicate_charge")

    path = f"/v1/test_helpers/payment_intents/{waiting.id}/authenticate"
    decided = client_of().raw_request("post", path, agreed="false")

    assert decided.code == 200
    assert ledger() == []


def test_past_is_seen_when_reads_are_stale(v1: Any, paid: Any, fault: Any, stripe_wire: Any) -> None:
    intent = paid()
    fault("stale_read", {"operation": "lookup"}, lag_ms=60_000)

    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_intents.retrieve(intent.id)
    with pytest.raises(stripe.InvalidRequestError):
        v1.charges.retrieve(intent.latest_charge)
    assert v1.payment_intents.list().data == []


def test_faults_tell_operations_apart(v1: Any, paid: Any, fault: Any) -> None:
    held = paid(capture_method="manual")
    fault("rate_limited", {"operation": "capture", "card": "tok_visa", "amount_minor": 1500, "currency": "USD"})

    with pytest.raises(stripe.RateLimitError):
        v1.payment_intents.capture(held.id, {"amount_to_capture": 1500})

    fault("rate_limited", {"operation": "void"})
    with pytest.raises(stripe.RateLimitError):
        v1.payment_intents.cancel(held.id)
    assert v1.payment_intents.retrieve(held.id).status == "requires_capture"
