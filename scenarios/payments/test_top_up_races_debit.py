"""Top-ups and payments hit one wallet at the same moment: no movement overwrites another.

Invariants: INV-1 one charge per payment, INV-2 no overdraft, INV-3 ledger balances, INV-6 events rebuild state.
"""

from harness.checkers import events_rebuild_state, ledger_balances, no_overdraft, one_charge_per_payment
from harness.clients import concurrently
from harness.units import usd


def test_every_movement_counts_when_top_ups_race_with_debits(payments, history):
    alice = payments.wallet(balance="100.00")
    wishes = [payments.payment(alice, amount="10.00") for _ in range(5)]

    concurrently(*[wish.submit for wish in wishes], *[lambda: alice.top_up("3.00")] * 5)

    assert alice.balance() == usd("65.00")
    history.satisfies(one_charge_per_payment, no_overdraft, ledger_balances, events_rebuild_state)


def test_top_up_counts_once_when_it_is_sent_twice(payments, history):
    alice = payments.wallet(balance="100.00")

    concurrently(lambda: alice.top_up("50.00", credit_id="gift"), lambda: alice.top_up("50.00", credit_id="gift"))

    assert alice.balance() == usd("150.00")
    history.satisfies(no_overdraft, ledger_balances, events_rebuild_state)
