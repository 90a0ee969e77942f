"""A customer sends things back one by one: every part is refunded, and never more than was paid.

Invariants: INV-3 ledger balances, INV-5 statuses only advance, INV-6 events rebuild state,
INV-7 refunds never exceed payments.
"""

from harness.checkers import (
    events_rebuild_state,
    ledger_balances,
    refunds_never_exceed_payments,
    statuses_only_advance,
)
from harness.clients import concurrently
from harness.units import usd


def test_parts_are_refunded_until_nothing_is_left(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    first = paid.refund(amount="15.00")
    too_much = paid.refund(amount="25.01")
    rest = paid.refund()
    nothing_left = paid.refund(amount="0.01")

    assert (first.document["payment_status"], first.document["refunded_amount"]) == ("COMPLETED", "15.00")
    assert (too_much.status_code, too_much.code) == (409, "refund_exceeds_payment")
    assert (rest.document["payment_status"], rest.document["amount"]) == ("REFUNDED", "25.00")
    assert nothing_left.status_code == 409
    assert gateway.refunds(paid.payment_id) == [usd("15.00"), usd("25.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(ledger_balances, statuses_only_advance, events_rebuild_state, refunds_never_exceed_payments)


def test_refunds_stay_within_the_payment_when_they_race(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    paid = payments.pay(alice, amount="40.00")

    answers = concurrently(*[lambda: paid.refund(amount="15.00")] * 5)

    assert [one.status_code for one in answers].count(200) == 2
    assert gateway.refunds(paid.payment_id) == [usd("15.00"), usd("15.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(ledger_balances, statuses_only_advance, events_rebuild_state, refunds_never_exceed_payments)
