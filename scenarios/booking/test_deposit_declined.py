"""A deposit can't be had: the customer is told, nothing is charged, and the slot is free for the next one.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

import pytest

from harness.clients import cards
from harness.units import usd
from scenarios.booking.depositing import EVERYTHING, OF_BOOKING, RELIES_ON, salon

pytestmark = [RELIES_ON, pytest.mark.money]


@pytest.mark.parametrize("card", [cards.DECLINED, cards.EXPIRED])
def test_slot_is_free_again_when_the_deposit_is_declined(booking, payments, gateway, history, card):
    place = salon(booking, payments)
    alice, bob, slot = place.customer(), place.customer(), place.slot()

    declined = place.request(alice, slot, card=card).submit()
    booked = place.request(bob, place.slot()).submit().settles()

    assert (declined.status_code, declined.code) == (402, "deposit_declined")
    assert alice.balance() == usd("100.00")
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    history.satisfies(*EVERYTHING)


def test_same_request_is_declined_the_same_way(booking, payments, history):
    place = salon(booking, payments)
    request = place.request(place.customer(), place.slot(), card=cards.DECLINED)

    first, second = request.submit(), request.submit()

    assert (first.status_code, second.status_code) == (402, 402)
    assert first.answer.document["error"]["message"] == second.answer.document["error"]["message"]
    history.satisfies(*EVERYTHING)


def test_customer_without_a_wallet_is_told_so(booking, payments, history):
    place = salon(booking, payments)
    nobody = place.tenant.customer(wallet=booking.names.following("nobody"), card=cards.GOOD)

    declined = place.tenant.request(place.ana, place.cut, place.slot(), customer=nobody).submit()

    assert (declined.status_code, declined.code) == (402, "deposit_declined")
    assert "wallet_not_found" in declined.answer.document["error"]["message"]
    assert place.slot().local_time == "10:00"
    history.satisfies(*OF_BOOKING)
