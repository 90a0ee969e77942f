"""Cursors, filters, balance transactions and expand[], by Stripe's client."""

import time
from typing import Any

import pytest
import stripe


@pytest.fixture
def five(v1: Any) -> list[str]:
    """Five customers, newest first."""
    return [v1.customers.create({"name": str(number)}).id for number in range(5)][::-1]


def ids(page: Any) -> list[str]:
    return [one.id for one in page.data]


def test_pages_follow_cursors(v1: Any, five: list[str]) -> None:
    first = v1.customers.list({"limit": 2})
    assert (ids(first), first.has_more, first.url) == (five[:2], True, "/v1/customers")

    second = v1.customers.list({"limit": 2, "starting_after": five[1]})
    last = v1.customers.list({"limit": 2, "starting_after": five[3]})
    back = v1.customers.list({"limit": 2, "ending_before": five[3]})

    assert (ids(second), ids(last), last.has_more) == (five[2:4], five[4:], False)
    assert (ids(back), back.has_more) == (five[1:3], True)


def test_client_walks_through_all_pages(v1: Any, five: list[str]) -> None:
    assert [one.id for one in v1.customers.list({"limit": 2}).auto_paging_iter()] == five


def test_lists_are_filtered_by_time(v1: Any, five: list[str]) -> None:
    now_s = int(time.time())

    assert ids(v1.customers.list({"created": {"gte": now_s - 60, "lte": now_s + 60}})) == five
    assert ids(v1.customers.list({"created": {"gt": now_s + 60}})) == []
    assert ids(v1.customers.list({"created": {"lt": now_s - 60}})) == []
    assert ids(v1.customers.list({"created": now_s - 3600})) == []


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"limit": 101}, "limit"),
        ({"limit": 0}, "limit"),
        ({"starting_after": "cus_none"}, "starting_after"),
        ({"created": {"gte": "yesterday"}}, "created[gte]"),
        ({"created": {"about": 1}}, "created[about]"),
        ({"nonsense": "1"}, "nonsense"),
    ],
)
def test_list_is_refused_when_asked_for_nonsense(v1: Any, asked: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.customers.list(asked)

    assert caught.value.param == param


def test_balance_is_the_sum_of_its_transactions(v1: Any, paid: Any) -> None:
    intent = paid()
    held = paid(currency="eur", capture_method="manual", amount=700)
    v1.payment_intents.capture(held.id, {"amount_to_capture": 600})
    refund = v1.refunds.create({"payment_intent": intent.id, "amount": 500})

    transactions = v1.balance_transactions.list().data
    balance = v1.balance.retrieve()

    assert [(one.type, one.amount, one.currency) for one in transactions] == [
        ("refund", -500, "usd"),
        ("charge", 600, "eur"),
        ("charge", 2000, "usd"),
    ]
    assert [(one.amount, one.currency) for one in balance.available] == [(600, "eur"), (1500, "usd")]
    assert v1.balance_transactions.retrieve(refund.balance_transaction).source == refund.id
    assert transactions[1].source == held.latest_charge
    assert ids(v1.balance_transactions.list({"type": "refund"})) == [refund.balance_transaction]
    assert len(v1.balance_transactions.list({"limit": 1, "starting_after": transactions[0].id}).data) == 1


def test_properties_are_expanded_four_levels_deep(v1: Any, paid: Any) -> None:
    customer = v1.customers.create({"name": "Alice"}).id
    intent = paid(customer=customer, expand=["customer", "latest_charge.balance_transaction", "payment_method"])
    assert (intent.customer.name, intent.payment_method.card.last4) == ("Alice", "4242")
    assert intent.latest_charge.balance_transaction.amount == 2000

    listed = v1.payment_intents.list({"expand": ["data.customer", "data.latest_charge.payment_intent.customer"]})
    assert listed.data[0].customer.name == "Alice"

    refund = v1.refunds.create({"payment_intent": intent.id, "expand": ["charge.payment_intent.customer"]})
    assert refund.charge.payment_intent.customer.name == "Alice"
    [charge] = v1.charges.list({"expand": ["data.customer", "data.payment_intent"]}).data
    assert (charge.customer.name, charge.payment_intent.id) == ("Alice", intent.id)


@pytest.mark.parametrize("path", ["nonsense", "amount", "customer.nonsense", "metadata.a"])
def test_expansion_is_refused_when_there_is_no_such_property(v1: Any, paid: Any, ledger: Any, path: str) -> None:
    customer = v1.customers.create({}).id

    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded") as caught:
        paid(customer=customer, expand=[path])

    assert (caught.value.param, ledger()) == ("expand", [])


def test_expansion_is_refused_when_it_goes_too_deep(v1: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="4 levels"):
        v1.payment_intents.list({"expand": ["data.latest_charge.payment_intent.latest_charge.customer"]})
