"""Step Functions takes no more executions for a while: clients are told to come again, and then pay once.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-8 idempotent answers.
"""

from harness.checkers import idempotent_answers, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_client_pays_once_when_it_comes_again_after_step_functions_was_busy(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.throttle("StartExecution", service="states", of=payment) as busy:
        refused = payment.submit()
    paid = payment.submit()

    busy.must_have_fired(3)
    assert (refused.status_code, refused.code) == (503, "try_again")
    assert (paid.status_code, paid.status) == (200, "COMPLETED")
    assert gateway.charges(payment.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, idempotent_answers)
