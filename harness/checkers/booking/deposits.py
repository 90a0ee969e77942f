"""INV-13: a deposit is taken once, kept only for a booking that stands, and given back in full otherwise.

The witness is the gateway's ledger, which knows nothing of bookings; a deposit's payment is `dep-` and a booking's id.
"""

from collections.abc import Iterator

from harness.checkers.checker import Undecided, checker
from harness.checkers.verdict import Counterexample
from harness.checkers.words import money, told_entries
from harness.history import History
from harness.history.booking import BookingRecord

PREFIX = "dep-"
KEPT = "PAID"
# By status of the booking: what its deposit may be in the end, when the service asks for one.
ALLOWED = {
    "CONFIRMED": frozenset({KEPT}),
    "NO_SHOW": frozenset({KEPT}),
    "CANCELLED": frozenset({"DECLINED", "RELEASED", "REFUNDED"}),
}


@checker("INV-13", reads=("bookings", "payments", "ledger"), actions=("book",))
def one_charge_per_deposit(history: History) -> Iterator[Counterexample]:
    """A deposit is charged once for a booking that stands, and not at all or given back in full for any other."""
    bookings = {booking.booking_id: booking for booking in history.finals.bookings or ()}
    for booking in bookings.values():
        yield from _status(booking)
        yield from _money(history, booking)
    yield from _nobodys(history, bookings)
    under_way = [one for one in bookings.values() if one.status == "PENDING_DEPOSIT" or "PENDING" in one.deposit_status]
    if under_way:
        raise Undecided(f"the deposit of booking {under_way[0].booking_id} is under way")
    if not any(booking.deposit_minor for booking in bookings.values()):
        raise Undecided("no booking asked for a deposit")


def _status(booking: BookingRecord) -> Iterator[Counterexample]:
    if not booking.deposit_minor:
        allowed = frozenset({"NONE"})
    elif booking.status == "PENDING_DEPOSIT" or booking.deposit_status == "REFUND_PENDING":
        return
    else:
        allowed = ALLOWED[booking.status]
    if booking.deposit_status not in allowed:
        what = f"is {booking.status} and its deposit {booking.deposit_status}, expected {' or '.join(sorted(allowed))}"
        yield Counterexample(f"booking {booking.booking_id}", what)


def _money(history: History, booking: BookingRecord) -> Iterator[Counterexample]:
    reference = PREFIX + booking.booking_id
    charges, refunds = history.ledger_of(reference, "charge"), history.ledger_of(reference, "refund")
    entries = [*charges, *refunds]
    evidence = {"gateway": told_entries(entries), "deposit": f"{booking.status}, {booking.deposit_status}"}
    subject = f"booking {booking.booking_id}"
    if len(charges) > 1:
        yield Counterexample(subject, f"was charged {len(charges)} deposits, expected at most one", evidence)
    if any(entry.currency != booking.currency for entry in entries):
        yield Counterexample(subject, f"had a deposit moved in another currency than {booking.currency}", evidence)
    if booking.status == "PENDING_DEPOSIT" or "PENDING" in booking.deposit_status:
        return
    kept_minor = sum(one.amount_minor for one in charges) - sum(one.amount_minor for one in refunds)
    due_minor = booking.deposit_minor if booking.deposit_status == KEPT else 0
    if kept_minor != due_minor:
        kept, due = money(kept_minor, booking.currency), money(due_minor, booking.currency)
        what = f"is {booking.status} and the gateway kept {kept} for its deposit, expected {due}"
        yield Counterexample(subject, what, evidence)


def _nobodys(history: History, bookings: dict[str, BookingRecord]) -> Iterator[Counterexample]:
    references = {one.payment_id for one in history.finals.payments or ()}
    references |= {entry.reference for entry in history.finals.ledger or () if entry.succeeded}
    for reference in sorted(references):
        if reference.startswith(PREFIX) and reference.removeprefix(PREFIX) not in bookings:
            entries = [*history.ledger_of(reference, "charge"), *history.ledger_of(reference, "refund")]
            what = "belongs to no booking, expected the one that it is named after"
            yield Counterexample(f"deposit {reference}", what, {"gateway": told_entries(entries)})
