"""The gateway charges and then answers nothing for a while, not even what became of the charge: nobody guesses.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_charge_is_found_when_the_gateway_speaks_again(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="silent")

    with faults.gateway.lose_answer("error", operation="*", merchant=payment.merchant, times=6) as silent:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    silent.must_have_fired(6)
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
