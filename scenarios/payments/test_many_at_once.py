"""Fifty payments race for a wallet that can pay twenty: exactly twenty succeed, whoever they are.

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
from harness.clients import concurrently
from harness.units import usd


def test_exactly_those_pay_that_the_wallet_covers_when_fifty_race(payments, history):
    family = payments.wallet(balance="100.00")
    wishes = [payments.payment(family, amount="5.00") for _ in range(50)]

    answers = concurrently(*[wish.submit for wish in wishes])

    results = [one.settles(within_s=20) for one in answers]
    assert [one.status for one in results].count("COMPLETED") == 20
    assert family.balance() == usd("0.00")
    history.satisfies(
        one_charge_per_payment,
        no_overdraft,
        ledger_balances,
        no_stuck_money,
        statuses_only_advance,
        events_rebuild_state,
    )
