"""A new business signs up, offers what it does, says when it works, and has its first customer.

Invariants: INV-9 no overlapping bookings, INV-10 bookings inside availability, INV-11 indexes agree with tables,
INV-12 usage equals what happened, INV-14 no stuck booking, INV-17 bookings only advance.
"""

from harness.checkers.booking import (
    bookings_inside_availability,
    bookings_only_advance,
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    usage_equals_what_happened,
)

EVERYTHING = (
    no_overlapping_bookings,
    bookings_inside_availability,
    indexes_agree_with_tables,
    usage_equals_what_happened,
    no_stuck_booking,
    bookings_only_advance,
)


def test_new_business_has_its_first_customer(booking, history):
    salon = booking.tenant(zone="America/Santiago")
    salon.category("Hair")
    cut = salon.service("Corte de pelo", minutes=30, price="25.00")
    ana = salon.provider(cut).available("MON-FRI", "09:00-13:00", "15:00-19:00")
    monday = ana.next_day("MON")
    ana.closed(monday, "09:00-10:00")

    free = ana.slots(cut, monday)
    booked = salon.book(ana, cut, free[0])
    left = ana.slots(cut, monday)

    assert (str(free[0].local_date), free[0].local_time) == (str(monday), "10:00")
    assert (booked.status_code, booked.status) == (201, "CONFIRMED")
    assert all(slot.starts_at >= free[0].ends_at for slot in left)
    assert salon.usage()["bookings"] == 1
    history.satisfies(*EVERYTHING)


def test_widget_books_and_may_not_manage(booking, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON-SUN", "09:00-18:00")
    widget = salon.widget_key()

    booked = widget.book(ana, cut, ana.slots(cut, ana.next_day("WED"))[0])
    refused = widget.change(name="Somebody else's")

    assert booked.status == "CONFIRMED"
    assert (refused.status_code, refused.code) == (403, "forbidden_scope")
    history.satisfies(*EVERYTHING)
