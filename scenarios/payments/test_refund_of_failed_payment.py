"""Somebody asks for money back that was never paid: refused.

Invariants: INV-3 ledger balances, INV-4 no stuck money, INV-7 refunds never exceed payments.
"""

from harness.checkers import ledger_balances, no_stuck_money, refunds_never_exceed_payments
from harness.clients import cards
from harness.units import usd


def test_refund_is_refused_when_the_payment_failed(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    declined = payments.pay(alice, amount="40.00", card=cards.DECLINED)

    refused = declined.refund()

    assert (refused.status_code, refused.code) == (409, "payment_not_refundable")
    assert gateway.refunds(declined.payment_id) == []
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances, no_stuck_money, refunds_never_exceed_payments)
