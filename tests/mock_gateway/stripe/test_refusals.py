"""Who is let in, what is refused, and how that reads to Stripe's client."""

from typing import Any

import pytest
import stripe

INTENT = {"amount": 2000, "currency": "usd"}


@pytest.mark.parametrize(
    ("key", "match"), [("sk_live_1", "live key"), ("pk_test_1", "no test key"), ("nonsense", "no test")]
)
def test_key_is_refused_unless_it_is_a_secret_test_key(client_of: Any, key: str, match: str) -> None:
    with pytest.raises(stripe.AuthenticationError, match=match) as caught:
        client_of(key).v1.balance.retrieve()

    assert (caught.value.http_status, key in str(caught.value)) == (401, False)


def test_restricted_test_key_opens(client_of: Any) -> None:
    assert client_of("rk_test_1").v1.balance.retrieve().object == "balance"


def test_basic_authorization_opens(stripe_wire: Any) -> None:
    assert stripe_wire.send("GET", "/v1/balance", headers={"Authorization": "Basic c2tfdGVzdF8xOg=="}).status == 200
    assert stripe_wire.send("GET", "/v1/balance").status == 401


def test_answers_have_the_headers_of_stripe(client_of: Any) -> None:
    client = client_of(stripe_version="2024-06-20")
    made = client.v1.payment_intents.create(INTENT, {"idempotency_key": "key-1"})
    headers = {name.lower(): value for name, value in made.last_response.headers.items()}

    assert headers["request-id"].startswith("req_")
    assert (headers["original-request"], headers["stripe-version"]) == (headers["request-id"], "2024-06-20")
    assert headers["idempotency-key"] == "key-1"


@pytest.mark.parametrize(
    ("terms", "code", "param"),
    [
        ({"amount": 2000}, "parameter_missing", "currency"),
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({**INTENT, "amount": "12.5"}, "parameter_invalid_integer", "amount"),
        ({**INTENT, "amount": ""}, "parameter_invalid_empty", "amount"),
        ({**INTENT, "amount": 49}, "amount_too_small", "amount"),
        ({**INTENT, "amount": -1}, "amount_too_small", "amount"),
        ({**INTENT, "amount": 100_000_000}, "amount_too_large", "amount"),
        ({**INTENT, "currency": "xxx"}, "currency_not_supported", "currency"),
        ({**INTENT, "confirm": "maybe"}, "parameter_invalid", "confirm"),
        ({**INTENT, "capture_method": "later"}, "parameter_invalid", "capture_method"),
        ({**INTENT, "nonsense": {"a": ["b"]}}, "parameter_unknown", "nonsense"),
        ({**INTENT, "payment_method_data": {"type": "card", "card": {"token": "tok_visa"}, "x": 1}},
         "parameter_unknown", "payment_method_data[x]"),
        ({**INTENT, "payment_method": "pm_none"}, "resource_missing", "payment_method"),
        ({**INTENT, "customer": "cus_none"}, "resource_missing", "customer"),
        ({**INTENT, "payment_method_types": ["ideal"]}, "parameter_invalid", "payment_method_types"),
        ({**INTENT, "payment_method_data": {"type": "card"}}, "parameter_missing", "payment_method_data[card]"),
        ({**INTENT, "description": "4242424242424242"}, "card_number_misplaced", "description"),
        ({**INTENT, "metadata": {"pan": "4242424242424242"}}, "card_number_misplaced", "metadata"),
        ({**INTENT, "shipping": {"name": "4242424242424242"}}, "card_number_misplaced", "shipping[name]"),
        ({**INTENT, "statement_descriptor": "x" * 23}, "parameter_invalid", "statement_descriptor"),
        ({**INTENT, "off_session": True}, "parameter_invalid", "confirm"),
    ],
)  # fmt: skip
def test_intent_is_refused_when_a_field_is_wrong(v1: Any, terms: dict[str, Any], code: str, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.payment_intents.create(terms)

    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)
    assert "4242424242424242" not in str(caught.value)


@pytest.mark.parametrize("number", ["4000056655665556", "1234"])
def test_card_is_refused_unless_it_is_a_test_card(v1: Any, number: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.payment_methods.create({"type": "card", "card": {"number": number}})

    assert (caught.value.code, number in caught.value.http_body) == ("only_test_cards", False)


@pytest.mark.parametrize(
    "resource",
    ["payment_intents", "charges", "refunds", "customers", "disputes", "payment_methods", "balance_transactions"],
)
def test_404_when_there_is_no_such_object(v1: Any, resource: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        getattr(v1, resource).retrieve("none_1")

    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
    assert caught.value.param


def test_404_when_a_part_of_the_api_is_not_spoken(v1: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=r"docs/stripe\.md"):
        v1.subscriptions.list()


def test_body_is_refused_when_it_is_no_form(stripe_wire: Any) -> None:
    headers = {"Authorization": "Bearer sk_test_1", "Content-Type": "application/json"}

    assert stripe_wire.send("POST", "/v1/customers", {"name": "Alice"}, headers).code == "body_invalid"


def test_query_is_refused_where_the_body_counts(stripe_wire: Any) -> None:
    headers = {"Authorization": "Bearer sk_test_1"}

    assert stripe_wire.send("POST", "/v1/customers?name=Alice", headers=headers).code == "body_invalid"
