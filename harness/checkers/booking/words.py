"""How bookings are put into words, and the few questions about time that several checkers ask."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from harness.history.booking import BookingRecord

CELL_MINUTES = 5


def instant(text: str) -> datetime:
    """Return the aware instant that an ISO 8601 text with a `Z` or an offset tells."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return at


def told(booking: BookingRecord) -> str:
    """Return a booking in one line: what, when for its provider, what became of it."""
    local = instant(booking.starts_at).astimezone(ZoneInfo(booking.timezone))
    minutes = (instant(booking.ends_at) - instant(booking.starts_at)) // timedelta(minutes=1)
    status = f"{booking.status} {booking.cancel_reason}".strip()
    return f"{booking.booking_id}: {local:%a %Y-%m-%d %H:%M %Z}, {minutes} min, {status}"


def each(start_at: datetime, end_at: datetime, minutes: int) -> Iterator[datetime]:
    """Give the instants from `start_at` up to, but not, `end_at`, `minutes` apart."""
    step = timedelta(minutes=minutes)
    while start_at < end_at:
        yield start_at
        start_at += step


def cells(booking: BookingRecord) -> list[str]:
    """Return the five-minute cells that a booking covers, by their beginnings, e.g. `2026-11-21T10:00`."""
    span = each(instant(booking.starts_at), instant(booking.ends_at), CELL_MINUTES)
    return [f"{at.astimezone(ZoneInfo('UTC')):%Y-%m-%dT%H:%M}" for at in span]
