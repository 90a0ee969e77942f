"""The gateway fails once and then works: the retry pays, and nobody notices.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money.
"""

import pytest

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment
from harness.faults import GatewayFaults
from harness.units import usd

FAILURES = (GatewayFaults.fail_with, GatewayFaults.rate_limit, GatewayFaults.refuse)


@pytest.mark.parametrize("fail", FAILURES, ids=lambda verb: verb.__name__)
def test_payment_completes_when_the_gateway_fails_once(payments, gateway, faults, history, fail):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="flapping")

    with fail(faults.gateway, of=payment, times=1) as failed:
        paid = payment.submit().reaches("COMPLETED", within_s=10)

    failed.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
