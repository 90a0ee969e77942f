"""The payment's execution starts, then the answer to its start is lost: asked again, it is the same execution.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-8 idempotent answers.
"""

import pytest

from harness.checkers import idempotent_answers, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_payment_runs_once_when_the_answer_to_its_start_is_lost(payments, gateway, faults, history, how):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.lose_answer("StartExecution", how, service="states", of=payment, times=1) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=10)
    again = payment.submit()

    lost.must_have_fired()
    assert (again.status_code, again.status) == (200, "COMPLETED")
    assert paid.states().count("DebitWallet") == 1
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, idempotent_answers)


def test_client_is_told_to_come_again_when_the_answer_to_the_start_is_garbled(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.garble_answer("StartExecution", service="states", of=payment, times=1) as garbled:
        unsure = payment.submit()
    paid = payment.submit().reaches("COMPLETED", within_s=10)

    garbled.must_have_fired()
    assert (unsure.status_code, unsure.code) == (503, "try_again")
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, idempotent_answers)
