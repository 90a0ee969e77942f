"""Charges and refunds, by Stripe's client."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Ledger = Callable[[], list[tuple[str, str, int]]]
Told = Callable[[], list[str]]


def test_charge_tells_what_became_of_it(v1: Any, paid: Any) -> None:
    intent = paid(transfer_group="g-1")
    charge = v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("succeeded", True, True, 2000)
    assert (charge.payment_intent, charge.transfer_group) == (intent.id, "g-1")

    v1.refunds.create({"charge": charge.id, "amount": 500})

    charge = v1.charges.retrieve(charge.id)
    assert (charge.amount_refunded, charge.refunded) == (500, False)


def test_charges_are_found(v1: Any, paid: Any) -> None:
    customer = v1.customers.create({}).id
    first, second = paid(transfer_group="g-1"), paid(customer=customer)

    def listed(**filters: str) -> list[str]:
        return [one.payment_intent for one in v1.charges.list(filters).data]

    assert listed() == [second.id, first.id]
    assert listed(payment_intent=first.id) == listed(transfer_group="g-1") == [first.id]
    assert listed(customer=customer) == [second.id]


def test_words_of_a_charge_change(v1: Any, paid: Any, told: Told) -> None:
    charge = paid().latest_charge

    changed = v1.charges.update(charge, {"description": "tea", "metadata": {"a": "1"}})

    assert (changed.description, changed.metadata.to_dict(), changed.amount_captured) == ("tea", {"a": "1"}, 2000)
    assert told()[-1] == "charge.updated"


def test_direct_charge_of_a_token(v1: Any, ledger: Ledger) -> None:
    charge = v1.charges.create({"amount": 900, "currency": "gbp", "source": "tok_visa", "metadata": {"a": "1"}})

    assert (charge.status, charge.payment_intent, charge.currency) == ("succeeded", None, "gbp")
    with pytest.raises(stripe.CardError) as caught:
        v1.charges.create({"amount": 900, "currency": "gbp", "source": "tok_chargeDeclined"})
    assert v1.charges.retrieve(caught.value.error.charge).failure_code == "card_declined"
    assert ledger() == [("charge", "succeeded", 900), ("charge", "declined", 900)]


def test_direct_hold_is_captured_once(v1: Any, ledger: Ledger) -> None:
    held = v1.charges.create({"amount": 900, "currency": "usd", "source": "tok_visa", "capture": False})
    assert not held.captured

    assert v1.charges.capture(held.id, {"amount": 800}).amount_captured == 800

    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.charges.capture(held.id)
    assert caught.value.code == "charge_already_captured"
    assert ledger() == [("authorization", "succeeded", 900), ("capture", "succeeded", 800)]


def test_charge_of_an_intent_is_captured_by_the_intent(v1: Any, paid: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="PaymentIntent"):
        v1.charges.capture(paid(capture_method="manual").latest_charge)


def test_refund_is_kept(v1: Any, paid: Any, ledger: Ledger, told: Told) -> None:
    intent = paid()

    refund = v1.refunds.create({"payment_intent": intent.id, "reason": "requested_by_customer", "metadata": {"a": "1"}})

    assert (refund.status, refund.amount, refund.charge) == ("succeeded", 2000, intent.latest_charge)
    assert v1.refunds.retrieve(refund.id).to_dict() == refund.to_dict()
    assert v1.refunds.update(refund.id, {"metadata": {"b": "2"}}).metadata.to_dict() == {"a": "1", "b": "2"}
    assert ledger() == [("charge", "succeeded", 2000), ("refund", "succeeded", 2000)]
    assert told()[-3:] == ["refund.created", "charge.refunded", "refund.updated"]


def test_refunds_are_listed(v1: Any, paid: Any) -> None:
    first, second = paid(), paid()
    ids = [v1.refunds.create({"payment_intent": one.id, "amount": 100}).id for one in (first, second, first)]

    assert [one.id for one in v1.refunds.list().data] == ids[::-1]
    assert [one.id for one in v1.refunds.list({"payment_intent": first.id}).data] == [ids[2], ids[0]]
    assert [one.id for one in v1.refunds.list({"charge": second.latest_charge}).data] == [ids[1]]


def test_refund_is_refused_when_nothing_is_left(v1: Any, paid: Any) -> None:
    intent = paid()
    v1.refunds.create({"payment_intent": intent.id, "amount": 1500})

    with pytest.raises(stripe.InvalidRequestError) as too_much:
        v1.refunds.create({"payment_intent": intent.id, "amount": 501})
    v1.refunds.create({"payment_intent": intent.id})
    with pytest.raises(stripe.InvalidRequestError) as twice:
        v1.refunds.create({"payment_intent": intent.id})

    assert (too_much.value.code, too_much.value.param) == ("amount_too_large", "amount")
    assert twice.value.code == "charge_already_refunded"


def test_refund_is_refused_when_the_intent_is_not_paid(v1: Any, paid: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.refunds.create({"payment_intent": paid(capture_method="manual").id})

    assert caught.value.code == "payment_intent_unexpected_state"


def test_refund_that_succeeded_is_not_canceled(v1: Any, paid: Any) -> None:
    refund = v1.refunds.create({"payment_intent": paid().id})

    with pytest.raises(stripe.InvalidRequestError, match="can't be canceled"):
        v1.refunds.cancel(refund.id)
