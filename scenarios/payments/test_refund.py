"""A customer sends everything back: the charge is reversed and the wallet is whole again.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance,
INV-6 events rebuild state, INV-7 refunds never exceed payments.
"""

from harness.checkers import (
    events_rebuild_state,
    ledger_balances,
    one_charge_per_payment,
    refunds_never_exceed_payments,
    statuses_only_advance,
)
from harness.units import usd


def test_wallet_is_whole_again_when_a_payment_is_refunded(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    refunded = paid.refund()

    assert refunded.status_code == 200
    assert (refunded.document["amount"], refunded.document["payment_status"]) == ("40.00", "REFUNDED")
    assert paid.read().status == "REFUNDED"
    assert gateway.refunds(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(
        one_charge_per_payment,
        ledger_balances,
        statuses_only_advance,
        events_rebuild_state,
        refunds_never_exceed_payments,
    )
