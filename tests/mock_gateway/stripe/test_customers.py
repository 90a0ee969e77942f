"""Customers and payment methods, by Stripe's client."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe

Told = Callable[[], list[str]]


def test_customer_is_kept(v1: Any, told: Told) -> None:
    address = {"city": "Lyon", "country": "FR"}
    made = v1.customers.create({"email": "a@example.com", "name": "Alice", "address": address, "metadata": {"a": "1"}})

    assert v1.customers.retrieve(made.id).to_dict() == made.to_dict()
    assert (made.name, made.address.city, made.metadata.to_dict()) == ("Alice", "Lyon", {"a": "1"})
    assert told() == ["customer.created"]


def test_customer_changes_and_its_event_tells_what_was(v1: Any) -> None:
    made = v1.customers.create({"email": "a@example.com", "name": "Alice", "phone": "1"})

    changed = v1.customers.update(made.id, {"name": "Bob", "phone": "", "metadata": {"b": "2"}})

    assert (changed.name, changed.phone, changed.email, changed.metadata.to_dict()) == (
        "Bob",
        None,
        made.email,
        {"b": "2"},
    )
    [event] = v1.events.list({"type": "customer.updated"}).data
    assert event.data.previous_attributes.to_dict() == {"name": "Alice", "phone": "1", "metadata": {}}


def test_customer_is_told_as_deleted_and_its_cards_are_free(v1: Any) -> None:
    made = v1.customers.create({"payment_method": "pm_card_visa"})
    [method] = v1.customers.payment_methods.list(made.id).data

    assert v1.customers.delete(made.id).deleted

    assert v1.customers.retrieve(made.id).deleted
    assert v1.payment_methods.retrieve(method.id).customer is None
    assert v1.customers.list().data == []
    with pytest.raises(stripe.InvalidRequestError) as caught:
        v1.customers.update(made.id, {"name": "Bob"})
    assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")


def test_customers_are_listed_by_email(v1: Any) -> None:
    first, _ = (v1.customers.create({"email": f"{name}@example.com"}) for name in "ab")

    assert [one.id for one in v1.customers.list({"email": "a@example.com"}).data] == [first.id]
    assert len(v1.customers.list().data) == 2


def test_customers_of_another_account_are_not_seen(v1: Any, client_of: Any) -> None:
    made = v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError):
        client_of(stripe_account="acct_other").v1.customers.retrieve(made.id)


def test_card_is_saved_and_paid_with(v1: Any, paid: Any, told: Told) -> None:
    customer = v1.customers.create({}).id
    made = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}, "metadata": {"a": "1"}})
    attached = v1.payment_methods.attach(made.id, {"customer": customer})

    intent = paid(customer=customer, payment_method=made.id)

    assert (attached.customer, intent.payment_method) == (customer, made.id)
    assert v1.customers.payment_methods.retrieve(customer, made.id).id == made.id
    assert [one.id for one in v1.payment_methods.list({"customer": customer, "type": "card"}).data] == [made.id]
    assert v1.payment_methods.detach(made.id).customer is None
    assert {"payment_method.attached", "payment_method.detached"} <= set(told())


def test_payment_method_changes(v1: Any) -> None:
    made = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

    words = {"billing_details": {"name": "Alice"}, "metadata": {"a": "1"}, "card": {"exp_year": 2040}}
    changed = v1.payment_methods.update(made.id, words)

    assert (changed.billing_details.name, changed.metadata.to_dict()) == ("Alice", {"a": "1"})
    assert (changed.card.exp_year, changed.card.exp_month) == (2040, 12)


def test_default_card_is_set_and_expanded(v1: Any) -> None:
    customer = v1.customers.create({"payment_method": "pm_card_visa"})
    [method] = v1.customers.payment_methods.list(customer.id).data

    changed = v1.customers.update(
        customer.id,
        {
            "invoice_settings": {"default_payment_method": method.id},
            "expand": ["invoice_settings.default_payment_method"],
        },
    )

    assert changed.invoice_settings.default_payment_method.card.last4 == "4242"


def test_saving_is_declined_when_the_issuer_declines(v1: Any, paid: Any) -> None:
    customer = v1.customers.create({}).id

    with pytest.raises(stripe.CardError):
        v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer})
    saved = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    with pytest.raises(stripe.CardError):
        paid(payment_method=saved.id, customer=customer)


def test_card_of_another_customer_is_refused(v1: Any, paid: Any) -> None:
    owner, other = (v1.customers.create({}).id for _ in range(2))
    saved = v1.payment_methods.attach("pm_card_visa", {"customer": owner})

    for terms in ({"customer": other}, {}):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            paid(payment_method=saved.id, **terms)
        assert (caught.value.code, caught.value.param) == ("resource_missing", "payment_method")
    with pytest.raises(stripe.InvalidRequestError):
        v1.payment_methods.attach(saved.id, {"customer": other})
    with pytest.raises(stripe.InvalidRequestError):
        v1.customers.payment_methods.retrieve(other, saved.id)


def test_card_is_attached_when_it_is_to_be_used_again(v1: Any, paid: Any) -> None:
    customer = v1.customers.create({}).id

    intent = paid(customer=customer, setup_future_usage="off_session")

    assert v1.payment_methods.retrieve(intent.payment_method).customer == customer


def test_detaching_is_refused_when_the_card_is_free(v1: Any) -> None:
    made = v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})

    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        v1.payment_methods.detach(made.id)
