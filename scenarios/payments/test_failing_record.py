"""Recording the payment is answered with an internal error: once nothing was written, once everything was.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance,
INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, one_charge_per_payment, statuses_only_advance
from harness.units import usd


@pytest.mark.parametrize("phase", ["before", "after"])
def test_payment_is_recorded_once_when_dynamodb_fails(payments, gateway, faults, history, phase):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    record = {"caller": "invoice-processor", "table": "Payments", "of": payment}
    with faults.aws.fail_with("TransactWriteItems", "InternalServerError", phase=phase, times=2, **record) as failed:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    failed.must_have_fired(2)
    assert paid.failed_attempts() == []
    assert paid.event_types().count("PaymentRequestEvent") == 1
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance, events_rebuild_state)
