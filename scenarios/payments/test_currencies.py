"""Customers pay in euros, yen and dinars: each with its own number of decimals, to the last unit.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, one_charge_per_payment
from harness.units import Money

PRICES = (("EUR", "100.00", "39.99", "60.01"), ("JPY", "5000", "1250", "3750"), ("KWD", "10.000", "2.345", "7.655"))


@pytest.mark.parametrize(("currency", "balance", "amount", "left"), PRICES)
def test_payment_is_exact_when_it_is_in_another_currency(payments, gateway, history, currency, balance, amount, left):
    customer = payments.wallet(balance=balance, currency=currency)

    paid = payments.pay(customer, amount=amount)

    assert (paid.status, paid.document["amount"], paid.document["currency"]) == ("COMPLETED", amount, currency)
    assert gateway.charges(paid.payment_id) == [Money.parse(amount, currency)]
    assert customer.balance() == Money.parse(left, currency)
    history.satisfies(one_charge_per_payment, ledger_balances, events_rebuild_state)
