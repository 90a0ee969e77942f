"""A customer double-clicks "Book", or asks again because no answer came: it is one booking, counted once.

Invariants: INV-16 one booking per request, INV-9 no overlapping bookings, INV-12 usage equals what happened,
INV-14 no stuck booking.
"""

from harness.checkers.booking import (
    no_overlapping_bookings,
    no_stuck_booking,
    one_booking_per_request,
    usage_equals_what_happened,
)
from harness.clients import concurrently

EVERYTHING = (one_booking_per_request, no_overlapping_bookings, usage_equals_what_happened, no_stuck_booking)


def test_double_click_books_once(booking, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    click = salon.request(ana, cut, ana.slot(cut, ana.next_day("MON"), "10:00"), key="click")

    first, second, third = concurrently(click.submit, click.submit, click.submit)

    assert first.booking_id == second.booking_id == third.booking_id
    assert [one.status for one in (first, second, third)] == ["CONFIRMED"] * 3
    assert salon.usage()["bookings"] == 1
    history.satisfies(*EVERYTHING)


def test_another_request_under_the_same_key_is_refused(booking, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    first, other = (ana.slot(cut, ana.next_day("MON"), at) for at in ("10:00", "11:00"))
    click = salon.request(ana, cut, first, key="click")

    booked = click.submit()
    refused = click.but(datetime=f"{other.starts_at:%Y-%m-%dT%H:%M:%SZ}").submit()

    assert (refused.status_code, refused.code) == (409, "idempotency_conflict")
    assert booked.read().status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


def test_repeat_tells_the_booking_as_it_is_now(booking, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    click = salon.request(ana, cut, ana.slot(cut, ana.next_day("MON"), "10:00"), key="click")
    click.submit().cancel()

    again = click.submit()

    assert again.status == "CANCELLED"
    history.satisfies(*EVERYTHING)
