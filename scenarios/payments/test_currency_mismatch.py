"""A customer with dollars is asked for euros: refused, nothing is converted behind anyone's back.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_payment_is_refused_when_the_wallet_is_in_another_currency(payments, gateway, history):
    alice = payments.wallet(balance="100.00", currency="USD")

    refused = payments.pay(alice, amount="40.00", currency="EUR")

    assert (refused.status_code, refused.code) == (422, "currency_mismatch")
    assert gateway.ledger(reference=refused.payment_id) == ()
    assert alice.balance() == usd("100.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
