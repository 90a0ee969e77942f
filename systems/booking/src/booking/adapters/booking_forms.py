"""Requests and answers of bookings, as the API shows them."""

import datetime as dates
from collections.abc import Iterator
from typing import Annotated

import msgspec
from groundwork.instants import instant
from groundwork.money import format_amount

from booking.adapters.booking_items import instant_s
from booking.adapters.forms import ONE_LINE, Document, Form
from booking.adapters.paging import PageQuery
from booking.adapters.schedule_forms import FIRST_DAY, LAST_DAY, Identifier, offset_text
from booking.domain.booking import Booking, BookingRequest, Status
from booking.domain.errors import Problem

# The form only, as HTML has it, with a dot in the domain; whether anybody reads it is not known.
EMAIL = (
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+"
    r"[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?![\n])$"
)
# Thirteen digits in a row may be a card's number: it would stand in the history of the deposit's execution.
_CARD = r"^(?!.*[0-9]{13})[A-Za-z0-9_]{1,128}(?![\n])$"
Moment = Annotated[dates.datetime, msgspec.Meta(tz=True)]
Line = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=ONE_LINE, description="one line")]


class DepositForm(Form):
    """Who pays the deposit: a wallet of the payments system, and a gateway's token for a card."""

    user_id: Annotated[
        str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.@:+-]{1,128}(?![\n])$", description="letters, digits and _.@:+-")
    ]
    card: Annotated[str, msgspec.Meta(pattern=_CARD, description="a gateway's token, never a card's number")]


class NewBooking(Form):
    """POST /bookings. `datetime` is any instant with an offset or Z, on the five-minute grid."""

    service_id: Identifier
    provider_id: Identifier
    datetime: Moment
    customer_name: Annotated[str, msgspec.Meta(min_length=1, max_length=100, pattern=ONE_LINE, description="one line")]
    customer_email: Annotated[str, msgspec.Meta(max_length=254, pattern=EMAIL, description="an e-mail address")]
    deposit: DepositForm | None = None


class Cancellation(Form):
    """POST /bookings/{bookingId}/cancel."""

    reason: Line = "customer_request"


class Rescheduling(Form):
    """POST /bookings/{bookingId}/reschedule; the same provider when none is named."""

    datetime: Moment
    provider_id: Identifier | None = None


class DayQuery(PageQuery):
    """The bookings of a local day."""

    date: dates.date

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the day."""
        if not FIRST_DAY <= self.date <= LAST_DAY:
            yield Problem("date", "out_of_range", f"must be from {FIRST_DAY} to {LAST_DAY}")


class BookingDocument(Document):
    """A booking as it stands; price and duration are those of the service when it was booked."""

    booking_id: str
    service_id: str
    provider_id: str
    customer_name: str
    customer_email: str
    datetime: str
    ends_at: str
    local_date: str
    local_time: str
    utc_offset: str
    duration_minutes: int
    timezone: str
    status: str
    cancel_reason: str | None = None
    rules_version: int
    source: str
    price: str
    currency: str
    deposit: str | None = None
    deposit_status: str
    deposit_payment_id: str | None = None
    version: int
    created_at: str
    updated_at: str


class PendingBooking(Document):
    """A booking whose deposit is not settled yet; read it again under its Location."""

    booking_id: str
    service_id: str
    provider_id: str
    datetime: str
    status: str
    deposit_status: str


class BookingList(Document):
    """Bookings by local time."""

    items: list[BookingDocument]
    next_cursor: str | None = None


def booking_document(booking: Booking) -> BookingDocument:
    """Return a booking as the API shows it."""
    local = booking.local_start
    offset = local.utcoffset() or dates.timedelta()
    return BookingDocument(
        booking_id=booking.booking_id,
        service_id=booking.service_id,
        provider_id=booking.provider_id,
        customer_name=booking.customer_name,
        customer_email=booking.customer_email,
        datetime=instant_s(booking.starts_at),
        ends_at=instant_s(booking.ends_at),
        local_date=f"{local:%Y-%m-%d}",
        local_time=f"{local:%H:%M}",
        utc_offset=offset_text(int(offset.total_seconds()) // 60),
        duration_minutes=booking.duration_minutes,
        timezone=booking.timezone,
        status=str(booking.status),
        cancel_reason=booking.cancel_reason,
        rules_version=booking.rules_version,
        source=booking.source,
        price=format_amount(booking.price_minor, booking.currency),
        currency=booking.currency,
        deposit=format_amount(booking.deposit_minor, booking.currency) if booking.deposit_minor else None,
        deposit_status=str(booking.deposit_status),
        deposit_payment_id=booking.deposit_payment_id,
        version=booking.version,
        created_at=instant(booking.created_at),
        updated_at=instant(booking.updated_at),
    )


def pending_document(request: BookingRequest) -> PendingBooking:
    """Return what is told of a booking while its deposit is on its way."""
    return PendingBooking(
        booking_id=request.booking_id,
        service_id=request.service_id,
        provider_id=request.provider_id,
        datetime=instant_s(request.starts_at),
        status=str(Status.PENDING_DEPOSIT),
        deposit_status="PENDING",
    )
