"""A customer tops up, and the wallet's worker dies under it: nobody knows, so it is sent again, and counts once.

Invariants: INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state, INV-8 idempotent answers.
"""

import pytest

from harness.checkers import events_rebuild_state, idempotent_answers, ledger_balances, no_overdraft
from harness.units import usd


@pytest.mark.parametrize("phase", ["before", "after"])
def test_top_up_counts_once_when_its_worker_dies(payments, faults, history, phase):
    alice = payments.wallet(balance="100.00")

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, table="Wallets", of=alice, times=1) as killed:
        lost = alice.top_up("50.00", credit_id="gift")
    again = alice.top_up("50.00", credit_id="gift")

    killed.must_have_fired()
    assert (lost.status_code, again.status_code) == (500, 200)
    assert alice.balance() == usd("150.00")
    history.satisfies(no_overdraft, ledger_balances, events_rebuild_state, idempotent_answers)
