"""A booking with a deposit is cancelled, before or after it was paid: the slot is free and all of the money is back.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

import pytest

from harness.clients import concurrently
from harness.clients.patience import patient_s
from harness.units import usd
from harness.waiting import wait_until
from scenarios.booking.depositing import ASK_FOR_REFUND, EVERYTHING, RELIES_ON, salon

pytestmark = RELIES_ON


def test_deposit_goes_back_when_the_booking_is_cancelled(booking, payments, gateway, history):
    place = salon(booking, payments)
    alice = place.customer()
    booked = place.request(alice, place.slot()).submit().settles()

    booked.cancel("plans changed")

    cancelled = booked.reaches("CANCELLED", deposit="REFUNDED")
    assert gateway.refunds(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("100.00")
    assert place.slot().local_time == "10:00"
    assert cancelled.cancel().status == "CANCELLED"
    history.satisfies(*EVERYTHING)


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_deposit_goes_back_once_when_the_answer_to_the_refund_is_lost(booking, payments, gateway, faults, history, how):
    place = salon(booking, payments)
    alice = place.customer()
    booked = place.request(alice, place.slot()).submit().settles()

    calls = {"service": "execute-api", **place.cancellations}
    with faults.aws.lose_answer(ASK_FOR_REFUND, how, times=1, **calls) as lost:
        booked.cancel("plans changed")
        booked.reaches("CANCELLED", deposit="REFUNDED", within_s=20)

    lost.must_have_fired()
    assert gateway.refunds(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(*EVERYTHING)


def test_deposit_goes_back_when_the_booking_is_cancelled_while_it_is_under_way(
    booking, payments, gateway, faults, history
):
    place = salon(booking, payments)
    alice = place.customer()
    request, day = place.request(alice, place.slot()), place.ana.next_day("MON")

    def cancel_once_held() -> None:
        held = wait_until("the held slot", lambda: place.ana.bookings(day) or None, within_s=patient_s(10))
        place.tenant.booking(str(held[0]["bookingId"])).cancel("plans changed")

    with faults.gateway.slow_down(700, of=alice, operation="charge", times=1) as slowed:
        submitted, _ = concurrently(request.submit, cancel_once_held)
        cancelled = place.tenant.booking(submitted.booking_id).reaches("CANCELLED", deposit="REFUNDED", within_s=20)

    slowed.must_have_fired()
    assert gateway.charges(cancelled.payment_id) == [usd("10.00")]
    assert gateway.refunds(cancelled.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("100.00")
    assert place.slot().local_time == "10:00"
    history.satisfies(*EVERYTHING)


def test_deposits_go_back_when_the_provider_closes_the_day(booking, payments, gateway, history):
    place = salon(booking, payments)
    alice = place.customer()
    booked = place.request(alice, place.slot()).submit().settles()

    closed = place.ana.closed(place.ana.next_day("MON"), existing="cancel")

    assert closed.status_code == 201
    booked.reaches("CANCELLED", deposit="REFUNDED")
    assert gateway.refunds(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("100.00")
    history.satisfies(*EVERYTHING)
