"""The Lambda worker that is to charge the card dies as it notes that a charge goes out: before the note, and after it.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("phase", ["before", "after"])
def test_payment_is_charged_once_when_its_worker_dies_before_charging(payments, gateway, faults, history, phase):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    note = {"caller": "payments-adapter", "table": "Payments", "of": payment}
    with faults.aws.kill_caller("TransactWriteItems", phase=phase, nth=1, **note) as killed:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    killed.must_have_fired()
    assert paid.failed_attempts() == ["Runtime.ExitError"]
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)
