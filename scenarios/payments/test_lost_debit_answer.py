"""The wallet is debited, then the answer to that is lost on its way back: it is debited once all the same.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, no_overdraft, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_wallet_is_debited_once_when_the_answer_is_lost(payments, gateway, faults, history, how):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.lose_answer("TransactWriteItems", how, table="Wallets", of=alice, times=1) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    lost.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)


def test_last_cent_is_debited_once_when_the_answer_is_lost(payments, gateway, faults, history):
    alice = payments.wallet(balance="40.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.lose_answer("TransactWriteItems", table="Wallets", of=alice, times=3) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    lost.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("0.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)
