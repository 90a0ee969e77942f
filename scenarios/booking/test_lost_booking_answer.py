"""The booking is written, then the answer to that is lost on its way back: the customer has it, once.

Invariants: INV-9 no overlapping bookings, INV-12 usage equals what happened, INV-14 no stuck booking,
INV-16 one booking per request.
"""

import pytest

from harness.checkers.booking import (
    no_overlapping_bookings,
    no_stuck_booking,
    one_booking_per_request,
    usage_equals_what_happened,
)


@pytest.mark.parametrize("how", ["reset", "truncate", "error"])
def test_booking_is_made_once_when_the_tables_answer_is_lost(booking, faults, history, how):
    salon = booking.tenant()
    cut = salon.service(minutes=240)
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    click = salon.request(ana, cut, ana.slot(cut, ana.next_day("MON"), "09:00"), key="click")

    with faults.aws.lose_answer("TransactWriteItems", how, table="Bookings", of=ana, times=1) as lost:
        booked = click.submit()
    again = click.submit()

    lost.must_have_fired()
    assert booked.status == "CONFIRMED"
    assert again.booking_id == booked.booking_id
    history.satisfies(no_overlapping_bookings, usage_equals_what_happened, no_stuck_booking, one_booking_per_request)
