"""A customer spends the very last cent: the wallet is empty, and the next cent is refused.

Invariants: INV-2 no overdraft, INV-3 ledger balances.
"""

from harness.checkers import ledger_balances, no_overdraft
from harness.units import usd


def test_payment_completes_when_it_takes_the_last_cent(payments, history):
    alice = payments.wallet(balance="40.00")

    everything = payments.pay(alice, amount="40.00")
    one_cent_more = payments.pay(alice, amount="0.01")

    assert everything.status == "COMPLETED"
    assert (one_cent_more.status_code, one_cent_more.code) == (402, "insufficient_funds")
    assert alice.balance() == usd("0.00")
    history.satisfies(no_overdraft, ledger_balances)
