"""A client sends the same payment again: after it completed, and after it failed. The answer is the first one's.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-8 idempotent answers.
"""

from harness.checkers import idempotent_answers, ledger_balances, one_charge_per_payment
from harness.clients import cards
from harness.units import usd


def test_same_answer_comes_when_a_completed_payment_is_sent_again(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    first, second = payment.submit(), payment.submit()

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.document == first.document
    assert gateway.charges(payment.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, idempotent_answers)


def test_same_answer_comes_when_a_failed_payment_is_sent_again(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00", card=cards.DECLINED)

    first, second = payment.submit(), payment.submit()

    assert (first.status_code, second.status_code) == (402, 402)
    assert second.document == first.document
    assert gateway.declines(payment.payment_id) == 1
    assert alice.balance() == usd("100.00")
    history.satisfies(one_charge_per_payment, ledger_balances, idempotent_answers)
