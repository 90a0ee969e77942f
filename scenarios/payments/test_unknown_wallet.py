"""Somebody without a wallet wants to pay: refused, and no trace of it at the gateway.

Invariants: INV-1 one charge per payment, INV-4 no stuck money.
"""

from harness.checkers import no_stuck_money, one_charge_per_payment


def test_payment_is_refused_when_there_is_no_wallet(payments, gateway, history):
    nobody = payments.wallet(balance=None)

    refused = payments.pay(nobody, amount="1.00")

    assert (refused.status_code, refused.code) == (404, "wallet_not_found")
    assert gateway.ledger(customer=nobody.user_id) == ()
    history.satisfies(one_charge_per_payment, no_stuck_money)
