"""The payment and its first event are written, then the answer to that is lost: there is one record and one event.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance,
INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, one_charge_per_payment, statuses_only_advance
from harness.units import usd


@pytest.mark.parametrize("table", ["Payments", "PaymentEvents"])
def test_payment_is_recorded_once_when_the_answer_is_lost(payments, gateway, faults, history, table):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    recorder = {"caller": "invoice-processor", "table": table, "of": payment}
    with faults.aws.lose_answer("TransactWriteItems", times=1, **recorder) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    lost.must_have_fired()
    assert paid.event_types().count("PaymentRequestEvent") == 1
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance, events_rebuild_state)
