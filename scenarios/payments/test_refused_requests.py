"""Careless clients send what is no payment: each is told which field is wrong, and nothing moves.

Invariants: INV-3 ledger balances.
"""

import pytest

from harness.checkers import ledger_balances
from harness.units import usd

REFUSED = (
    ({"amount": "0.00"}, "amount"),
    ({"amount": "-1.00"}, "amount"),
    ({"amount": "1.001"}, "amount"),
    ({"amount": "1e2000"}, "amount"),
    ({"amount": "NaN"}, "amount"),
    ({"amount": "ten"}, "amount"),
    ({"amount": True}, "amount"),
    ({"amount": None}, "amount"),
    ({"currency": "XXX"}, "currency"),
    ({"currency": "usd"}, "currency"),
    ({"currency": None}, "currency"),
    ({"currency": "JPY", "amount": "1.5"}, "amount"),
    ({"user_id": None}, "user_id"),
    ({"user_id": ""}, "user_id"),
    ({"payment_id": "with space"}, "payment_id"),
    ({"payment_id": "x" * 65}, "payment_id"),
    ({"metadata": {"number": 1}}, "metadata"),
    ({"metadata": "text"}, "metadata"),
)


@pytest.mark.parametrize(("change", "field"), REFUSED, ids=lambda value: str(value)[:40])
def test_field_is_named_when_it_is_not_valid(payments, gateway, history, change, field):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    refused = payment.but(**change).submit()

    assert refused.status_code == 400
    assert any(name.startswith(field) for name in refused.answer.field_codes)
    assert gateway.ledger(customer=alice.user_id) == ()
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances)
