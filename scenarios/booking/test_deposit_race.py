"""Ten customers race for one slot, each ready to pay a deposit: one has the slot and has paid, the others pay nothing.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

from collections import Counter

from harness.clients import concurrently
from harness.units import usd
from scenarios.booking.depositing import EVERYTHING, RELIES_ON, salon

pytestmark = RELIES_ON

CUSTOMERS = 10


def test_one_of_ten_pays_when_all_want_the_same_slot(booking, payments, gateway, history):
    place = salon(booking, payments)
    slot, customers = place.slot(), [place.customer() for _ in range(CUSTOMERS)]

    answers = concurrently(*(place.request(customer, slot).submit for customer in customers))

    (won,) = [one for one in answers if one.status_code in (201, 202)]
    assert [one.code for one in answers if one is not won] == ["slot_taken"] * (CUSTOMERS - 1)
    booked = won.settles()
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert Counter(one.balance() for one in customers) == {usd("90.00"): 1, usd("100.00"): CUSTOMERS - 1}
    history.satisfies(*EVERYTHING)
