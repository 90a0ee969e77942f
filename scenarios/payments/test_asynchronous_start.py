"""A client does not want to wait: the payment is accepted at once, says where to look, and completes later.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-5 statuses only advance.
"""

from harness.checkers import ledger_balances, one_charge_per_payment, statuses_only_advance
from harness.units import usd


def test_payment_completes_later_when_the_client_does_not_wait(payments, gateway, history):
    alice = payments.wallet(balance="100.00")

    started = payments.payment(alice, amount="40.00").submit_async()

    assert started.status_code == 202
    assert started.answer.headers["location"].endswith(f"/payments/{started.payment_id}")
    started.reaches("COMPLETED", within_s=10)
    assert gateway.charges(started.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance)


def test_id_is_the_system_s_when_the_client_names_none(payments, gateway, history):
    alice = payments.wallet(balance="100.00")

    paid = payments.pay(alice, amount="40.00", payment_id=None)

    assert paid.payment_id
    assert paid.read().status == "COMPLETED"
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    history.satisfies(one_charge_per_payment, ledger_balances, statuses_only_advance)
