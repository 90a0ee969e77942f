"""The gateway does not answer in time: once it had charged, once it had not, and the payment system can't know which.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-4 no stuck money.
"""

from harness.checkers import ledger_balances, no_stuck_money, one_charge_per_payment
from harness.units import usd


def test_payment_completes_when_the_gateway_hangs_before_charging(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="slow")

    with faults.gateway.hang(of=payment, times=1) as hung:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    hung.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)


def test_payment_is_charged_once_when_the_gateway_hangs_after_charging(payments, gateway, faults, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", merchant="slow")

    with faults.gateway.lose_answer("hang", of=payment, times=1) as hung:
        paid = payment.submit().reaches("COMPLETED", within_s=15)

    hung.must_have_fired()
    assert gateway.charges(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, no_stuck_money)
