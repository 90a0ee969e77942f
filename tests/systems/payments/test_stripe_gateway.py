"""What only the Stripe style has: forms, accounts, lists instead of keys, and a key that is spent on purpose."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest
from groundwork.http_pool import Answer, AnswerLost
from payments.adapters.stripe_gateway import STRIPE_VERSION
from payments.domain.gateway import Declined, NoEffect, Succeeded, Unknown

from tests.systems.payments.dialects import (
    API_KEY,
    CHARGE,
    CREATED_AT,
    REFUND,
    Stripe,
    Wire,
    charge,
    failed_charge,
    intent,
    listed,
    refund,
    refusal,
)

UNCONFIRMED = intent(status="requires_payment_method", amount_received=0, latest_charge=None)
IN_FLIGHT = refusal(409, "idempotency_error")
USED = refusal(400, "idempotency_error")


def gateway(*says):
    wire = Wire(list(says))
    return Stripe().gateway(wire), wire


def form(call: dict) -> dict[str, str]:
    return dict(parse_qsl(call["body"].decode(), strict_parsing=True))


def test_charge_is_one_confirmed_intent():
    stripe, wire = gateway(Answer(200, intent()))

    stripe.charge(CHARGE, 1)

    (call,) = wire.calls
    assert (call["method"], call["url"]) == ("POST", "http://gateway/v1/payment_intents")
    assert call["headers"] == {
        "Authorization": f"Bearer {API_KEY}",
        "Stripe-Version": STRIPE_VERSION,
        "Stripe-Account": "m-1",
        "Idempotency-Key": "pay-1:charge",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert form(call) == {
        "amount": "4000",
        "currency": "usd",
        "confirm": "true",
        "error_on_requires_action": "true",
        "payment_method_types[]": "card",
        "payment_method_data[type]": "card",
        "payment_method_data[card][token]": "tok_visa",
        "transfer_group": "pay-1",
        "metadata[reference]": "pay-1",
        "metadata[key]": "pay-1:charge",
        "metadata[customer]": "alice",
    }


def test_payment_method_is_named_when_the_card_is_one():
    stripe, wire = gateway(Answer(200, intent()))

    stripe.charge(replace(CHARGE, card="pm_card_visa"), 1)

    sent = form(wire.calls[0])
    assert sent["payment_method"] == "pm_card_visa"
    assert not [name for name in sent if name.startswith("payment_method_data")]


def test_refund_names_the_charge_and_its_order():
    stripe, wire = gateway(Answer(200, refund()))

    stripe.refund(REFUND, 1)
    stripe.refund(replace(REFUND, amount_minor=None), 1)

    part, rest = map(form, wire.calls)
    assert part == {
        "charge": "ch_1",
        "amount": "1500",
        "metadata[reference]": "pay-1",
        "metadata[key]": "ref-1:refund",
    }
    assert "amount" not in rest


@pytest.mark.parametrize(("merchant", "account"), [("m-1", "m-1"), ("default", None)])
def test_account_is_the_merchant_unless_it_is_the_own_one(merchant, account):
    stripe, wire = gateway(listed())

    stripe.find_charge(replace(CHARGE, merchant=merchant), 1)

    assert wire.calls[0]["headers"].get("Stripe-Account") == account


def test_look_ups_ask_for_the_order_and_for_the_charge():
    stripe, wire = gateway(listed())

    stripe.find_charge(replace(CHARGE, reference="pay/1&2"), 1)
    stripe.find_refund(REFUND, 1)

    charges, refunds = (urlsplit(call["url"]) for call in wire.calls)
    assert (charges.path, dict(parse_qsl(charges.query))) == (
        "/v1/charges",
        {"transfer_group": "pay/1&2", "limit": "100"},
    )
    assert (refunds.path, dict(parse_qsl(refunds.query))) == ("/v1/refunds", {"charge": "ch_1", "limit": "100"})


@pytest.mark.parametrize(
    "document",
    [
        intent(status="processing"),
        intent(status="requires_capture"),
        intent(status="requires_confirmation"),
        intent(amount_received=0),
        intent(amount=3999),
        intent(latest_charge=None),
        intent(latest_charge=""),
        intent(currency=None),
        intent(object="charge"),
    ],
)
def test_nobody_knows_when_the_intent_does_not_add_up(document):
    stripe, _ = gateway(Answer(200, document))

    assert isinstance(stripe.charge(CHARGE, 1), Unknown)


@pytest.mark.parametrize(
    "answer",
    [
        refusal(402, "card_error", "authentication_required", "authentication_required"),
        Answer(200, intent(status="requires_action", amount_received=0, latest_charge=None)),
    ],
)
def test_charge_is_declined_when_the_cardholder_would_have_to_act(answer):
    stripe, _ = gateway(answer)

    outcome = stripe.charge(CHARGE, 1)

    assert isinstance(outcome, Declined)
    assert outcome.code == "authentication_required"


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([charge(), failed_charge("card_declined", "generic_decline")], "ch_1"),
        ([charge(id="ch_2"), charge(id="ch_1")], "ch_1"),
        ([charge(status="pending")], Unknown),
        ([charge(status="pending"), failed_charge("card_declined", "generic_decline")], Unknown),
        ([charge(captured=False)], Unknown),
        ([charge(amount="4000")], Unknown),
        ([failed_charge("expired_card", "expired_card"), failed_charge("card_declined", "x")], "expired_card"),
        ([charge(metadata={"key": "of something else"})], NoEffect),
        ([charge(metadata={})], "ch_1"),
        ([charge(refunded=True, amount_refunded=4000)], "ch_1"),
        (["no charge"], Unknown),
    ],
)
def test_charges_of_the_order_decide(rows, expected):
    stripe, _ = gateway(listed(*rows))

    match stripe.find_charge(CHARGE, 1):
        case Succeeded(ref=told) | Declined(code=told):
            assert told == expected
        case found:
            assert type(found) is expected


def test_second_charge_of_an_order_is_found_besides_the_one_that_is_kept():
    stripe, _ = gateway(listed(charge(id="ch_2"), charge(id="ch_1")))

    assert stripe.find_charge(CHARGE, 1, besides="ch_1") == Succeeded("ch_2", 4000, "USD", CREATED_AT)


@pytest.mark.parametrize("more", [True, None, "no"])
def test_nobody_knows_when_the_list_is_not_whole(more):
    stripe, _ = gateway(listed(more=more))

    assert isinstance(stripe.find_charge(CHARGE, 1), Unknown)
    assert isinstance(stripe.find_refund(REFUND, 1), Unknown)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (refund(status="pending"), Unknown),
        (refund(status="requires_action"), Unknown),
        (refund(status="failed"), Declined),
        (refund(status="canceled"), Declined),
        (refund(charge="ch_other"), Unknown),
        (refund(amount=None), Unknown),
    ],
)
def test_refund_is_done_only_when_it_says_so(row, expected):
    told, _ = gateway(Answer(200, row))
    found, _ = gateway(listed(row))

    assert isinstance(told.refund(REFUND, 1), expected)
    assert isinstance(found.find_refund(REFUND, 1), expected)


def test_refund_is_not_found_when_the_charge_has_only_others():
    stripe, _ = gateway(listed(refund(metadata={"key": "ref-2:refund"}), refund(metadata={})))

    assert stripe.find_refund(REFUND, 1) == NoEffect()


def test_key_is_spent_without_a_charge_when_one_is_ruled_out():
    stripe, wire = gateway(Answer(200, UNCONFIRMED))

    assert stripe.rule_out_charge(CHARGE, 1) == NoEffect()

    (call,) = wire.calls
    assert call["headers"]["Idempotency-Key"] == "pay-1:charge"
    assert not {"confirm", "payment_method", "payment_method_data[type]"} & form(call).keys()


@pytest.mark.parametrize(
    "answer", [IN_FLIGHT, Answer(200, intent()), AnswerLost("no answer"), refusal(500, "api_error")]
)
def test_charge_is_not_ruled_out_when_it_may_be_under_way(answer):
    stripe, wire = gateway(answer)

    assert isinstance(stripe.rule_out_charge(CHARGE, 1), Unknown)
    assert len(wire.calls) == 1


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([charge()], Succeeded("ch_1", 4000, "USD", CREATED_AT)),
        ([failed_charge("expired_card", "expired_card")], Declined("expired_card", "the card has expired")),
        ([], NoEffect()),
    ],
)
def test_list_tells_when_the_key_was_spent_by_the_charge_itself(rows, expected):
    stripe, _ = gateway(USED, listed(*rows))

    assert stripe.rule_out_charge(CHARGE, 1) == expected
