"""The Lambda worker that charges the card dies in mid-flight, after the gateway took the money: charged once.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.faults import kill_worker_of
from harness.units import usd


def test_payment_is_charged_once_when_its_worker_is_killed(payments, gateway, faults, edge, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="killed")

    with faults.gateway.slow_down(1500, of=payment, times=1) as slow:
        started = payment.submit_async()
        killed = kill_worker_of(edge, "payments-adapter", during=slow)
    paid = started.reaches("COMPLETED", within_s=15)

    assert killed >= 1
    assert "Runtime.ExitError" in paid.failed_attempts()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
