"""The gateway charges long after everybody gave up waiting: that charge finishes the payment, and no second one comes.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_payment_completes_when_its_charge_comes_late(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="late")

    with faults.gateway.charge_late(8_000, of=payment, times=1) as late:
        paid = payment.submit_async().reaches("COMPLETED", within_s=30)

    late.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
