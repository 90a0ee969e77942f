"""The payment of a deposit is taken, and the answer is lost: to us, or to the payments system. It is asked after, and
the booking is neither given up nor paid for twice.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

import pytest

from harness.units import usd
from scenarios.booking.depositing import ASK_AFTER_MONEY, ASK_FOR_MONEY, EVERYTHING, RELIES_ON, salon

pytestmark = RELIES_ON


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_deposit_is_paid_once_when_the_answer_of_payments_is_lost(booking, payments, gateway, faults, history, how):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    with faults.aws.lose_answer(ASK_FOR_MONEY, how, service="execute-api", **place.deposits, times=1) as lost:
        booked = request.submit().settles(within_s=20)

    lost.must_have_fired()
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)


def test_deposit_is_paid_once_when_payments_was_not_reached_at_first(booking, payments, gateway, faults, history):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    with faults.aws.refuse(ASK_FOR_MONEY, service="execute-api", **place.deposits, times=2) as refused:
        booked = request.submit().settles(within_s=20)

    refused.must_have_fired(2)
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)


def test_deposit_is_paid_once_when_payments_does_not_say_how_it_went(booking, payments, gateway, faults, history):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    with faults.aws.refuse(ASK_AFTER_MONEY, service="execute-api", **place.deposits, times=3) as refused:
        booked = request.submit().settles(within_s=20)

    refused.must_have_fired(3)
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)


def test_deposit_is_paid_once_when_the_answer_of_the_gateway_is_lost(booking, payments, gateway, faults, history):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    with faults.gateway.lose_answer(of=alice, times=1) as lost:
        booked = request.submit().settles(within_s=20)

    lost.must_have_fired()
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)
