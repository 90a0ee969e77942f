"""A customer pays with an expired card, then with a good one: only the second payment costs anything.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment
from harness.clients import cards
from harness.units import usd


def test_second_card_pays_when_the_first_has_expired(payments, gateway, history):
    alice = payments.wallet(balance="100.00")

    expired = payments.pay(alice, amount="40.00", card=cards.EXPIRED)
    paid = payments.pay(alice, amount="40.00", card=cards.GOOD)

    assert (expired.status_code, expired.code) == (402, "expired_card")
    assert paid.status == "COMPLETED"
    assert gateway.charges(expired.payment_id) == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
