"""Other transactions hold the customer's wallet at the moment of the debit: it waits its turn, and is not refused.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_overdraft, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_wallet_is_debited_once_when_other_transactions_hold_it(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    held = {"reasons": ["TransactionConflict"], "table": "Wallets", "of": alice, "times": 5}
    with faults.aws.fail_with("TransactWriteItems", "TransactionCanceledException", **held) as conflict:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    conflict.must_have_fired(5)
    assert paid.failed_attempts() == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, no_stuck_money)
