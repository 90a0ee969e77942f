"""The tables are throttled for a moment, or conflict: customers wait a little, and nothing is lost or doubled.

Invariants: INV-9 no overlapping bookings, INV-12 usage equals what happened, INV-14 no stuck booking.
"""

from harness.checkers.booking import no_overlapping_bookings, no_stuck_booking, usage_equals_what_happened

EVERYTHING = (no_overlapping_bookings, usage_equals_what_happened, no_stuck_booking)


def test_customer_books_when_writing_is_throttled(booking, faults, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    slot = ana.slot(cut, ana.next_day("MON"), "10:00")

    with faults.aws.throttle("TransactWriteItems", table="Bookings", of=ana, times=3) as throttled:
        booked = salon.book(ana, cut, slot)

    throttled.must_have_fired(3)
    assert booked.status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


def test_customer_books_when_the_transaction_conflicts(booking, faults, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    slot = ana.slot(cut, ana.next_day("MON"), "10:00")

    conflict = {"reasons": ["TransactionConflict"], "table": "Bookings", "of": ana, "times": 3}
    with faults.aws.fail_with("TransactWriteItems", "TransactionCanceledException", **conflict) as conflicts:
        booked = salon.book(ana, cut, slot)

    conflicts.must_have_fired(3)
    assert booked.status == "CONFIRMED"
    history.satisfies(*EVERYTHING)


def test_customer_is_told_to_try_again_when_the_tables_stay_busy(booking, faults, history):
    salon = booking.tenant()
    cut = salon.service()
    ana = salon.provider(cut).available("MON", "09:00-13:00")
    click = salon.request(ana, cut, ana.slot(cut, ana.next_day("MON"), "10:00"), key="click")

    with faults.aws.throttle("TransactWriteItems", table="Bookings", of=ana) as throttled:
        busy = click.submit()
    again = click.submit()

    throttled.must_have_fired()
    assert (busy.status_code, busy.code) == (503, "try_again")
    assert again.status == "CONFIRMED"
    history.satisfies(*EVERYTHING)
