"""What DynamoDB answers arrives garbled: about a read, and about a debit that was written.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state.
"""

import pytest

from harness.checkers import events_rebuild_state, ledger_balances, no_overdraft, one_charge_per_payment
from harness.units import usd


@pytest.mark.parametrize("operation", ["GetItem", "TransactWriteItems"])
def test_wallet_is_debited_once_when_an_answer_is_garbled(payments, gateway, faults, history, operation):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    wallet_calls = {"caller": "wallet-service", "table": "Wallets", "of": alice}
    with faults.aws.garble_answer(operation, times=1, **wallet_calls) as garbled:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    garbled.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)
