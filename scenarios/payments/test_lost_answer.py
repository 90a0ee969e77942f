"""The gateway takes the money, then its answer is lost on the way back: the payment completes, charged once.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

import pytest

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.faults import GatewayFaults
from harness.units import usd

NONSENSE = (GatewayFaults.garble_answer, GatewayFaults.echo_wrong_amount)


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_payment_is_charged_once_when_the_answer_is_lost(payments, gateway, faults, history, how):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="lossy")

    with faults.gateway.lose_answer(how, of=payment, times=1) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=10)

    lost.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)


@pytest.mark.parametrize("spoil", NONSENSE, ids=lambda verb: verb.__name__)
def test_payment_is_charged_once_when_the_answer_is_nonsense(payments, gateway, faults, history, spoil):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="lossy")

    with spoil(faults.gateway, of=payment, times=1) as garbled:
        paid = payment.submit().reaches("COMPLETED", within_s=10)

    garbled.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
