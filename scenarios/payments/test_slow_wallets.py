"""Every call about one customer's wallet is slow, each by another delay: the payment is late, and nothing else.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment, statuses_only_advance
from harness.units import usd

DELAYS = {"kind": "uniform", "min_ms": 200, "max_ms": 600}


def test_payment_completes_when_the_wallet_is_slow(payments, gateway, faults, history, seed):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    with faults.aws.slow_down("*", DELAYS, table="Wallets", of=alice, seed=seed) as slow:
        paid = payment.submit()

    slow.must_have_fired(2)
    assert (paid.status_code, paid.status) == (200, "COMPLETED")
    assert paid.failed_attempts() == []
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money, statuses_only_advance)
