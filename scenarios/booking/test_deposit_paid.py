"""A service asks for a deposit: the booking is confirmed once it is paid, and asking again pays nothing more.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

import pytest

from harness.clients import concurrently
from harness.units import usd
from scenarios.booking.depositing import EVERYTHING, RELIES_ON, salon

pytestmark = [RELIES_ON, pytest.mark.money]


def test_booking_is_confirmed_when_its_deposit_is_paid(booking, payments, gateway, history):
    place = salon(booking, payments)
    alice = place.customer()

    booked = place.request(alice, place.slot()).submit().settles()

    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)


def test_deposit_is_paid_once_when_the_customer_double_clicks(booking, payments, gateway, history):
    place = salon(booking, payments)
    alice = place.customer()
    click = place.request(alice, place.slot())

    first, second = concurrently(click.submit, click.submit)

    assert first.booking_id == second.booking_id
    assert first.settles().deposit_status == "PAID"
    assert gateway.charges(first.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)
