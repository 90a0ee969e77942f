"""The payment is marked COMPLETED, then the answer to that is lost: it stays completed, and nothing is undone.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance,
INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_payment_stays_completed_when_the_answer_to_marking_it_is_lost(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    recorder = {"caller": "invoice-processor", "table": "Payments", "of": payment}
    # The first transaction of this function records the payment, the second one marks it.
    with faults.aws.lose_answer("TransactWriteItems", nth=2, **recorder) as lost:
        paid = payment.submit().reaches("COMPLETED", within_s=15)
        paid.visits("UpdatePaymentStatus")

    lost.must_have_fired()
    assert "CompensateWallet" not in paid.states()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance, events_rebuild_state)
