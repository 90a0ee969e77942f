"""What must hold of bookings: one checker for each of the invariants INV-9 … INV-14, INV-16 and INV-17."""

from harness.checkers.booking.availability import bookings_inside_availability
from harness.checkers.booking.deposits import one_charge_per_deposit
from harness.checkers.booking.indexes import indexes_agree_with_tables
from harness.checkers.booking.overlaps import no_overlapping_bookings
from harness.checkers.booking.requests import one_booking_per_request
from harness.checkers.booking.statuses import bookings_only_advance
from harness.checkers.booking.stuck import no_stuck_booking
from harness.checkers.booking.usage import usage_equals_what_happened
from harness.checkers.checker import Checker

BOOKING_CHECKERS: tuple[Checker, ...] = (
    no_overlapping_bookings,
    bookings_inside_availability,
    indexes_agree_with_tables,
    usage_equals_what_happened,
    one_charge_per_deposit,
    no_stuck_booking,
    one_booking_per_request,
    bookings_only_advance,
)

__all__ = [
    "BOOKING_CHECKERS",
    "bookings_inside_availability",
    "bookings_only_advance",
    "indexes_agree_with_tables",
    "no_overlapping_bookings",
    "no_stuck_booking",
    "one_booking_per_request",
    "one_charge_per_deposit",
    "usage_equals_what_happened",
]
