"""Payment intents, by Stripe's client: every status and the ways between them."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Ledger = Callable[[], list[tuple[str, str, int]]]
Told = Callable[[], list[str]]


def test_payment_succeeds_when_created_and_confirmed(paid: Any, ledger: Ledger, told: Told) -> None:
    intent = paid(metadata={"order": "o-1"}, description="tea", transfer_group="pay-1", receipt_email="a@example.com")

    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 2000, 0)
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.metadata.to_dict(), intent.description) == ({"order": "o-1"}, "tea")
    assert ledger() == [("charge", "succeeded", 2000)]
    assert told() == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


def test_ledger_knows_what_the_request_named(paid: Any, stripe_wire: Any, account: str) -> None:
    paid(currency="eur", transfer_group="pay-1", metadata={"customer": "user-1"})
    paid(metadata={"reference": "pay-2"})

    first, second = stripe_wire.entries(f"merchant={account}")
    assert (first["reference"], first["customer"], first["currency"]) == ("pay-1", "user-1", "EUR")
    assert (first["card_last4"], first["face"], second["reference"]) == ("4242", "stripe", "pay-2")


def test_statuses_follow_when_paid_step_by_step(v1: Any, ledger: Ledger) -> None:
    intent = v1.payment_intents.create({"amount": 500, "currency": "usd"})
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)

    intent = v1.payment_intents.update(intent.id, {"amount": 700, "payment_method": "pm_card_mastercard"})
    assert (intent.status, intent.amount) == ("requires_confirmation", 700)
    assert ledger() == []

    intent = v1.payment_intents.confirm(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 700)
    assert ledger() == [("charge", "succeeded", 700)]


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error"),
    ],
)
def test_card_error_tells_all_when_declined(paid: Any, ledger: Ledger, card: str, code: str, decline_code: str) -> None:
    with pytest.raises(stripe.CardError) as caught:
        paid(payment_method=card)

    error = caught.value.error
    assert (caught.value.http_status, caught.value.code, error.decline_code) == (402, code, decline_code)
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_intent.last_payment_error.code == code
    assert error.payment_intent.latest_charge == error.charge
    assert error.doc_url.endswith(code.replace("_", "-"))
    assert ledger() == [("charge", "declined", 2000)]


def test_payment_succeeds_when_tried_again_with_another_card(v1: Any, paid: Any, ledger: Ledger, told: Told) -> None:
    with pytest.raises(stripe.CardError) as caught:
        paid(payment_method="pm_card_chargeDeclined")

    intent = v1.payment_intents.confirm(caught.value.error.payment_intent.id, {"payment_method": "pm_card_visa"})

    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    assert ledger() == [("charge", "declined", 2000), ("charge", "succeeded", 2000)]
    assert {"charge.failed", "payment_intent.payment_failed"} <= set(told())


def test_card_is_taken_when_its_data_comes_along(v1: Any, paid: Any, stripe_wire: Any) -> None:
    number = {"type": "card", "card": {"number": "4242424242424242", "exp_month": 7, "exp_year": 2035, "cvc": "123"}}
    token = {"type": "card", "card": {"token": "tok_amex"}, "billing_details": {"name": "Alice"}}

    first = paid(payment_method=None, payment_method_data=number, expand=["payment_method"])
    second = paid(payment_method=None, payment_method_data=token, expand=["payment_method"])

    assert (first.payment_method.card.last4, first.payment_method.card.exp_month) == ("4242", 7)
    assert (second.payment_method.card.brand, second.payment_method.billing_details.name) == ("amex", "Alice")
    assert "4242424242424242" not in stripe_wire.get("/_admin/calls?limit=1000").text


def test_hold_is_captured_in_part(v1: Any, paid: Any, ledger: Ledger, told: Told) -> None:
    held = paid(capture_method="manual")
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 2000, 0)

    intent = v1.payment_intents.capture(held.id, {"amount_to_capture": 1500})

    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("succeeded", 0, 1500)
    assert ledger() == [("authorization", "succeeded", 2000), ("capture", "succeeded", 1500)]
    expected = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated",
                "charge.captured", "payment_intent.succeeded"]  # fmt: skip
    assert told() == expected


def test_capture_is_refused_when_above_the_hold(v1: Any, paid: Any) -> None:
    held = paid(capture_method="manual")

    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.payment_intents.capture(held.id, {"amount_to_capture": 2001})

    assert (caught.value.code, caught.value.param) == ("amount_too_large", "amount_to_capture")


def test_hold_is_released_when_canceled(v1: Any, paid: Any, ledger: Ledger) -> None:
    held = paid(capture_method="manual")

    intent = v1.payment_intents.cancel(held.id, {"cancellation_reason": "duplicate"})

    assert (intent.status, intent.cancellation_reason, intent.amount_capturable) == ("canceled", "duplicate", 0)
    assert ledger() == [("authorization", "succeeded", 2000), ("void", "succeeded", 2000)]
    assert v1.charges.retrieve(held.latest_charge).refunded


def test_intent_is_canceled_before_it_is_paid(v1: Any, ledger: Ledger, told: Told) -> None:
    intent = v1.payment_intents.create({"amount": 500, "currency": "usd"})

    assert v1.payment_intents.cancel(intent.id).status == "canceled"
    assert ledger() == []
    assert told() == ["payment_intent.created", "payment_intent.canceled"]


@pytest.mark.parametrize("step", ["confirm", "capture", "cancel"])
def test_step_is_refused_when_the_status_does_not_allow_it(v1: Any, paid: Any, step: str) -> None:
    intent = paid()

    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(v1.payment_intents, step)(intent.id)

    assert (caught.value.http_status, caught.value.code) == (400, "payment_intent_unexpected_state")
    assert caught.value.error.payment_intent.id == intent.id


def test_confirmation_is_refused_without_a_card(v1: Any) -> None:
    intent = v1.payment_intents.create({"amount": 500, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError, match="payment method") as caught:
        v1.payment_intents.confirm(intent.id)

    assert caught.value.code == "payment_intent_unexpected_state"


def test_words_change_at_any_time_and_terms_do_not(v1: Any, paid: Any) -> None:
    intent = paid(metadata={"a": "1", "b": "2"})

    changed = v1.payment_intents.update(intent.id, {"description": "new", "metadata": {"a": "", "c": "3"}})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.payment_intents.update(intent.id, {"amount": 3000})

    assert (changed.description, changed.metadata.to_dict()) == ("new", {"b": "2", "c": "3"})
    assert caught.value.code == "payment_intent_unexpected_state"
    assert v1.payment_intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}


def test_intents_are_found(v1: Any, paid: Any) -> None:
    customer = v1.customers.create({"email": "a@example.com"})
    first, second = paid(), paid(customer=customer.id)

    assert v1.payment_intents.retrieve(first.id).to_dict() == first.to_dict()
    assert [one.id for one in v1.payment_intents.list().data] == [second.id, first.id]
    assert [one.id for one in v1.payment_intents.list({"customer": customer.id}).data] == [second.id]


def test_money_is_disputed_at_once_when_the_card_asks_for_it(paid: Any, ledger: Ledger) -> None:
    assert paid(payment_method="pm_card_createDispute").status == "succeeded"
    assert ledger() == [("charge", "succeeded", 2000), ("dispute", "succeeded", 2000)]
