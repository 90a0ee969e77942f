"""A customer wants to pay more than the wallet holds: nothing is debited and the card is not asked.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_overdraft, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_payment_fails_when_the_wallet_does_not_cover_it(payments, gateway, history):
    alice = payments.wallet(balance="100.00")

    refused = payments.pay(alice, amount="100.01")

    assert (refused.status_code, refused.code) == (402, "insufficient_funds")
    assert gateway.ledger(reference=refused.payment_id) == ()
    assert alice.balance() == usd("100.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, no_stuck_money)
