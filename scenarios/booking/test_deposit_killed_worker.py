"""The worker that moves a deposit dies: as it asks for the money, when it has asked, and around its own writes.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened, INV-1 one charge per payment, INV-3 ledger balances,
INV-4 no stuck money.
"""

import pytest

from harness.units import usd
from scenarios.booking.depositing import ASK_FOR_MONEY, EVERYTHING, RELIES_ON, salon

pytestmark = RELIES_ON


@pytest.mark.parametrize("phase", ["before", "after"])
def test_deposit_is_paid_once_when_its_worker_dies_as_it_asks(booking, payments, gateway, faults, history, phase):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    calls = {"service": "execute-api", **place.deposits}
    with faults.aws.kill_caller(ASK_FOR_MONEY, phase=phase, times=1, **calls) as killed:
        booked = request.submit().settles(within_s=20)

    killed.must_have_fired()
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)


@pytest.mark.parametrize("nth", [1, 2], ids=["hold", "confirm"])
@pytest.mark.parametrize("phase", ["before", "after"])
def test_deposit_is_paid_once_when_its_worker_dies_as_it_writes(
    booking, payments, gateway, faults, history, phase, nth
):
    place = salon(booking, payments)
    alice = place.customer()
    request = place.request(alice, place.slot())

    writes = {"caller": "deposits", "table": "Bookings", **place.deposits}
    with faults.aws.kill_caller("TransactWriteItems", phase=phase, nth=nth, **writes) as killed:
        booked = request.submit().settles(within_s=20)

    killed.must_have_fired()
    assert (booked.status, booked.deposit_status) == ("CONFIRMED", "PAID")
    assert gateway.charges(booked.payment_id) == [usd("10.00")]
    assert alice.balance() == usd("90.00")
    history.satisfies(*EVERYTHING)
