"""One provider gives several services: found by each of them, booked for each, and never twice at a time.

Invariants: INV-9 no overlapping bookings, INV-11 indexes agree with tables, INV-14 no stuck booking.
"""

from harness.checkers.booking import indexes_agree_with_tables, no_overlapping_bookings, no_stuck_booking


def test_provider_is_found_by_each_service(booking, history):
    salon = booking.tenant()
    cut, dye, wash = salon.service("Cut"), salon.service("Dye", minutes=60), salon.service("Wash", minutes=15)
    ana = salon.provider(cut, dye, name="Ana").available("MON", "09:00-13:00")

    def found(service):
        items = salon.all_items("list_providers", "/providers", {"serviceId": service.service_id})
        return [one["providerId"] for one in items]

    before = [found(one) for one in (cut, dye, wash)]
    ana.change(serviceIds=[dye.service_id, wash.service_id], name="Ana María")
    after = [found(one) for one in (cut, dye, wash)]

    assert before == [[ana.provider_id], [ana.provider_id], []]
    assert after == [[], [ana.provider_id], [ana.provider_id]]
    history.satisfies(indexes_agree_with_tables)


def test_services_share_the_provider_s_time(booking, history):
    salon = booking.tenant()
    cut, dye = salon.service("Cut", minutes=30), salon.service("Dye", minutes=60)
    ana = salon.provider(cut, dye).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    late, early = ana.slot(cut, monday, "10:30"), ana.slot(dye, monday, "10:00")

    dyed = salon.book(ana, dye, early)
    refused = salon.book(ana, cut, late)
    apart = salon.book(ana, cut, ana.slot(cut, monday, "11:00"))

    assert (dyed.status, refused.code, apart.status) == ("CONFIRMED", "slot_taken", "CONFIRMED")
    history.satisfies(no_overlapping_bookings, indexes_agree_with_tables, no_stuck_booking)
