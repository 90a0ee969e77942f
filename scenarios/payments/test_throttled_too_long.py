"""The wallets stay throttled beyond every retry: the payment fails in so many words, and nothing is taken or charged.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_payment_fails_when_the_wallet_stays_throttled(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.throttle("GetItem", table="Wallets", of=alice, caller="wallet-service") as throttled:
        failed = payment.submit_async().reaches("FAILED", within_s=60)
    afterwards = payments.pay(alice, amount="10.00")

    throttled.must_have_fired(6)
    assert set(failed.failed_attempts()) == {"StoreUnavailable"}
    assert "CompensateWallet" in failed.states()
    assert gateway.ledger(reference=failed.payment_id) == ()
    assert afterwards.status == "COMPLETED"
    assert alice.balance() == usd("90.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, events_rebuild_state)
