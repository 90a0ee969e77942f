"""The wallets are throttled for a moment: the SDK asks again, and no customer and no state machine notices.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_payment_completes_when_reading_the_wallet_is_throttled(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.throttle("GetItem", table="Wallets", of=alice, caller="wallet-service", times=2) as throttled:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    throttled.must_have_fired(2)
    assert paid.failed_attempts() == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)


def test_payment_completes_when_the_debit_is_cancelled_for_throttling(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.throttle("TransactWriteItems", table="Wallets", of=alice, times=4) as throttled:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    throttled.must_have_fired(4)
    assert paid.failed_attempts() == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
