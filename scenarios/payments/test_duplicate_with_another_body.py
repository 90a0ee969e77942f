"""A client uses a payment's id again for something else: refused, and the first payment stays as it is.

Invariants: INV-1 one charge per payment, INV-3 ledger balances, INV-8 idempotent answers.
"""

import pytest

from harness.checkers import idempotent_answers, ledger_balances, one_charge_per_payment
from harness.clients import cards, concurrently
from harness.units import usd

CHANGES = ({"amount": "41.00"}, {"card": cards.DECLINED}, {"merchant": "another"}, {"order_id": "order-2"})


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: next(iter(change)))
def test_second_payment_is_refused_when_its_body_differs(payments, gateway, history, change):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    first, other = payment.submit(), payment.but(**change).submit()

    assert first.status == "COMPLETED"
    assert (other.status_code, other.code) == (409, "idempotency_conflict")
    assert gateway.charges(payment.payment_id) == [usd("40.00")]
    assert alice.balance() == usd("60.00")
    history.satisfies(one_charge_per_payment, ledger_balances, idempotent_answers)


def test_one_of_two_is_refused_when_they_come_at_once(payments, gateway, history):
    alice = payments.wallet(balance="100.00")
    payment = payments.payment(alice, amount="40.00")

    answers = concurrently(payment.submit, payment.but(amount="30.00").submit)

    assert sorted(one.status_code for one in answers) == [200, 409]
    assert len(gateway.charges(payment.payment_id)) == 1
    history.satisfies(one_charge_per_payment, ledger_balances, idempotent_answers)
