"""The API's own worker dies, before it started the payment or after: the client asks again, and pays once.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-8 idempotent answers.
"""

import pytest

from harness.checkers import idempotent_answers, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("phase", ["before", "after"])
def test_client_pays_once_when_the_api_dies_under_its_request(payments, gateway, faults, history, phase):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.kill_caller("StartExecution", phase=phase, service="states", of=payment, times=1) as killed:
        lost = payment.submit()
    again = payment.submit().reaches("COMPLETED", within_s=15)

    killed.must_have_fired()
    assert lost.status_code == 502
    assert gateway.charges(again.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, idempotent_answers)
