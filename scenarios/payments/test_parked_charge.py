"""The gateway charges and then stays away for so long that the payment is parked; when it is back, it is finished.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.pytest_plugin import relies_on
from harness.units import usd

pytestmark = relies_on("lambda.event-source-mappings")


def test_parked_charge_is_finished_when_the_gateway_is_back(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="away")

    with (
        faults.gateway.lose_answer(operation="charge", merchant=payment.merchant, times=1) as lost,
        faults.gateway.refuse(operation="*", merchant=payment.merchant) as away,
    ):
        started = payment.submit_async()
        started.visits("ParkUnresolvedCharge", within_s=60)
        still = started.read()

    lost.must_have_fired()
    away.must_have_fired(3)
    assert still.status == "PROCESSING"
    started.reaches("COMPLETED", within_s=30)
    assert gateway.charges(started.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)
