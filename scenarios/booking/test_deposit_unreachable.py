"""The payments system can't be reached: the slot is given back after a bounded time, and nothing was ever asked for.

Invariants: INV-13 one charge per deposit, INV-14 no stuck booking, INV-9 no overlapping bookings, INV-11 indexes agree
with tables, INV-12 usage equals what happened.
"""

from scenarios.booking.depositing import ASK_FOR_MONEY, OF_BOOKING, RELIES_ON, salon

pytestmark = RELIES_ON


def test_slot_is_free_again_when_payments_can_not_be_reached(booking, payments, faults, history):
    place = salon(booking, payments)
    request = place.request(place.customer(), place.slot())

    with faults.aws.fail_with(ASK_FOR_MONEY, "Forbidden", status=403, service="execute-api", **place.deposits) as shut:
        request.submit()
        (held,) = place.ana.bookings(place.ana.next_day("MON"))
        released = place.tenant.booking(str(held["bookingId"])).reaches("CANCELLED", deposit="RELEASED", within_s=40)
    again = request.submit()

    shut.must_have_fired(2)
    assert released.answer.document["cancelReason"] == "deposit_unavailable"
    assert (again.status_code, again.code) == (402, "deposit_declined")
    assert place.slot().local_time == "10:00"
    history.satisfies(*OF_BOOKING)
