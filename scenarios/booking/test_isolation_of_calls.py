"""A business goes through a whole day beside others: each call to a table that is made for it names it and nobody else.

The record of calls tells: sessions carry the tenant, keys begin with it.

Invariants: INV-9 no overlapping bookings, INV-15 tenants isolated.
"""

from harness.checkers.booking import no_overlapping_bookings


def test_every_call_of_a_day_names_its_tenant(isolation, booking, history):
    with isolation.every_call_names_its_tenant("booking"):
        salon, rival = booking.tenant(), booking.tenant()
        cut, other = salon.service("Cut"), rival.service("Cut")
        ana = salon.provider(cut).available("MON-SUN", "09:00-18:00")
        bea = rival.provider(other).available("MON-SUN", "09:00-18:00")
        day = ana.next_day("WED")

        booked = salon.book(ana, cut, ana.slot(cut, day, "10:00"))
        also = rival.book(bea, other, bea.slot(other, day, "10:00"))

        assert [booked.status, also.status] == ["CONFIRMED", "CONFIRMED"]
        assert salon.usage()["bookings"] == rival.usage()["bookings"] == 1
    history.satisfies(no_overlapping_bookings)
