"""The table of circuit breakers does not answer, and the gateway is well: a protection out of order stops nobody.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_payment_completes_when_the_circuits_can_not_be_read(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="shop")

    circuit = {"table": "GatewayCircuits", "key": payment.merchant}
    with faults.aws.fail_with("GetItem", "InternalServerError", **circuit) as unreadable:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    unreadable.must_have_fired()
    assert paid.failed_attempts() == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
