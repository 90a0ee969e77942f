"""The Lambda worker that debits the wallet dies: just before the debit is written, and just after it.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, no_overdraft, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("phase", ["before", "after"])
def test_wallet_is_debited_once_when_its_worker_dies(payments, gateway, faults, history, phase):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    debit = {"caller": "wallet-service", "table": "Wallets", "of": alice}
    with faults.aws.kill_caller("TransactWriteItems", phase=phase, times=1, **debit) as killed:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    killed.must_have_fired()
    assert paid.failed_attempts() == ["Runtime.ExitError"]
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)
