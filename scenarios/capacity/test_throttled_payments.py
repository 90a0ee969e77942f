"""The payments' table has too little write capacity for a rush: payments wait or fail in so many words, money is safe.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money,
INV-5 statuses only advance.
"""

from harness.checkers import (
    ledger_balances,
    no_overdraft,
    no_stuck_money,
    one_charge_per_payment,
    statuses_only_advance,
)
from harness.clients import concurrently


def test_money_is_safe_when_the_payments_table_can_not_keep_up(payments, capacity, history):
    wallets = [payments.wallet(balance="10.00") for _ in range(16)]
    rush = [payments.payment(wallet, amount="4.00") for wallet in wallets]

    with capacity.enforce("Payments", billing="PROVISIONED", provisioned={"read": 500, "write": 40}, burst_s=1):
        ends = [one.settles(within_s=90) for one in concurrently(*[wish.submit_async for wish in rush])]
        throttled = capacity.throttles("Payments")
    afterwards = payments.pay(wallets[0], amount="1.00")

    assert throttled > 0
    assert "COMPLETED" in {one.status for one in ends}
    assert afterwards.status == "COMPLETED"
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, no_stuck_money, statuses_only_advance)
