"""A customer pays from a full wallet: five states, one debit, one charge.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance, INV-6 events rebuild state.
"""

from harness.checkers import (
    events_rebuild_state,
    ledger_balances,
    no_overdraft,
    no_stuck_money,
    one_charge_per_payment,
    statuses_only_advance,
)
from harness.units import usd

FIVE_STATES = ["CheckWalletBalance", "PaymentCreate", "DebitWallet", "ProcessPayment", "UpdatePaymentStatus"]


def test_payment_completes_when_the_wallet_covers_it(payments, gateway, history):
    alice = payments.wallet(balance="100.00")

    paid = payments.pay(alice, amount="40.00", order_id="order-1", metadata={"basket": "7"})

    assert (paid.status_code, paid.status) == (200, "COMPLETED")
    assert (paid.document["amount"], paid.document["metadata"]) == ("40.00", {"basket": "7"})
    assert [state for state in paid.states() if state in FIVE_STATES] == FIVE_STATES
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(
        one_charge_per_payment,
        no_overdraft,
        ledger_balances,
        no_stuck_money,
        statuses_only_advance,
        events_rebuild_state,
    )
