"""A clerk clicks "Refund" twice, and two clerks refund the same payment at once: the money goes back once.

Invariants: INV-3 ledger balances, INV-6 events rebuild state, INV-7 refunds never exceed payments,
INV-8 idempotent answers.
"""

from harness.checkers import (
    events_rebuild_state,
    idempotent_answers,
    ledger_balances,
    refunds_never_exceed_payments,
)
from harness.clients import concurrently
from harness.units import usd


def test_money_goes_back_once_when_a_refund_is_sent_again(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    first = paid.refund(refund_id="back")
    second = paid.refund(refund_id="back")

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.document == second.document
    assert gateway.refunds(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances, events_rebuild_state, refunds_never_exceed_payments, idempotent_answers)


def test_money_goes_back_once_when_one_refund_is_clicked_twice_at_once(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    concurrently(lambda: paid.refund(refund_id="back"), lambda: paid.refund(refund_id="back"))

    assert gateway.refunds(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances, events_rebuild_state, refunds_never_exceed_payments, idempotent_answers)


def test_money_goes_back_once_when_two_clerks_refund_everything(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    answers = concurrently(lambda: paid.refund(amount="40.00"), lambda: paid.refund(amount="40.00"))

    assert sorted(one.status_code for one in answers) == [200, 409]
    assert gateway.refunds(paid.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances, events_rebuild_state, refunds_never_exceed_payments)
