"""The function dies as it books, cancels or moves a booking: whoever asks again finds it done once, or does it then.

Invariants: INV-9 no overlapping bookings, INV-11 indexes agree with tables, INV-12 usage equals what happened,
INV-14 no stuck booking, INV-16 one booking per request.
"""

import pytest

from harness.checkers.booking import (
    indexes_agree_with_tables,
    no_overlapping_bookings,
    no_stuck_booking,
    one_booking_per_request,
    usage_equals_what_happened,
)

KEPT = (no_overlapping_bookings, indexes_agree_with_tables, usage_equals_what_happened, no_stuck_booking)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_customer_books_once_when_the_function_dies(booking, faults, history, phase):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    click = salon.request(ana, cut, ana.slot(cut, ana.next_day("MON"), "10:00"), key="click")

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, table="Bookings", of=ana, times=1) as killed:
        lost = click.submit()
    again = click.submit()

    killed.must_have_fired()
    assert lost.status_code >= 500
    assert again.status == "CONFIRMED"
    history.satisfies(*KEPT, one_booking_per_request)


@pytest.mark.parametrize("phase", ["before", "after"])
def test_booking_is_cancelled_or_moved_once_when_the_function_dies(booking, faults, history, phase):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    alice, bob = (salon.book(ana, cut, ana.slot(cut, monday, at)) for at in ("10:00", "11:00"))
    noon = ana.slot(cut, monday, "12:00")

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, table="Bookings", of=ana, times=2) as killed:
        lost = [alice.cancel(), bob.reschedule(noon)]
    again = [alice.cancel(), bob.reschedule(noon)]

    killed.must_have_fired(2)
    assert [one.status_code >= 500 for one in lost] == [True, True]
    assert [one.status for one in again] == ["CANCELLED", "CONFIRMED"]
    assert again[1].answer.document["datetime"] == f"{noon.starts_at:%Y-%m-%dT%H:%M:%SZ}"
    history.satisfies(*KEPT)


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("nth", [1, 2, 3])
def test_exception_is_finished_when_the_function_dies_in_between(booking, faults, history, phase, nth):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    monday = ana.next_day("MON")
    alice = salon.book(ana, cut, ana.slot(cut, monday, "10:00"))

    with faults.aws.kill_caller("TransactWriteItems", phase=phase, of=ana, nth=nth) as killed:
        lost = ana.closed(monday, existing="cancel")
    again = ana.closed(monday, existing="cancel")

    killed.must_have_fired()
    assert lost.status_code >= 500
    assert again.document["status"] == "ACTIVE"
    assert len(ana.exceptions(monday)) == 1
    assert alice.read().status == "CANCELLED"
    history.satisfies(*KEPT)
