"""One wallet is paid from faster than a partition can write: it is throttled on itself, and other wallets pay on.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_overdraft, no_stuck_money, one_charge_per_payment
from harness.clients import concurrently
from harness.units import usd

# Thousands of partitions that take ten write units a second each: a hot key finds its limit on a laptop.
MANY_SMALL_PARTITIONS = {
    "billing": "PROVISIONED",
    "provisioned": {"read": 30_000, "write": 20_000},
    "partition_write_units": 10,
}


def test_other_wallets_pay_on_when_one_is_too_hot_for_its_partition(payments, capacity, history):
    launch = payments.wallet(balance="100.00")
    calm = [payments.wallet(balance="10.00") for _ in range(4)]
    crowd = [payments.payment(launch, amount="1.00") for _ in range(16)]
    others = [payments.payment(wallet, amount="4.00") for wallet in calm]

    with capacity.enforce("Wallets", **MANY_SMALL_PARTITIONS):
        answers = concurrently(*[wish.submit_async for wish in (*crowd, *others)])
        ends = [one.settles(within_s=60) for one in answers]
        throttled = capacity.throttles("Wallets", of=launch)
        of_others = [capacity.throttles("Wallets", of=wallet) for wallet in calm]

    paid = [one.status for one in ends[: len(crowd)]].count("COMPLETED")
    assert throttled > 0
    assert of_others == [0, 0, 0, 0]
    assert [one.status for one in ends[len(crowd) :]] == ["COMPLETED"] * 4
    assert launch.balance() == usd(f"{100 - paid}.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, no_stuck_money)
