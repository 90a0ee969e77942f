"""The gateway charges and then goes silent for so long that nobody knows: the charge is parked, and reconciled later.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.faults import lose_answer
from harness.units import usd


def test_charge_is_reconciled_when_the_gateway_speaks_again(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="silent")

    with lose_answer(gateway, "error", operation="*", merchant=payment.merchant) as silent:
        started = payment.submit_async()
        started.visits("ParkUnresolvedCharge", within_s=15)
    paid = started.reaches("COMPLETED", within_s=15)

    silent.must_have_fired(2)
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
