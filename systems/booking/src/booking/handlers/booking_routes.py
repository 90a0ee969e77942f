"""The routes of bookings: make, read, list, cancel, move, no-show. What they mean is in `booking.domain.bookings`."""

from booking.adapters.booking_forms import (
    BookingDocument,
    BookingList,
    Cancellation,
    DayQuery,
    NewBooking,
    PendingBooking,
    Rescheduling,
    booking_document,
    pending_document,
)
from booking.adapters.booking_wiring import Desks
from booking.adapters.http_events import HttpAnswer
from booking.adapters.paging import Paging
from booking.adapters.routing import Access, Call, Route, answered
from booking.adapters.schedule_forms import utc
from booking.domain.booking import Booking, BookingRequest, DepositRequest, Status
from booking.domain.catalog import Page
from booking.domain.schedule_store import Place

IDEMPOTENCY = {"Idempotency-Key": "Makes repetitions of this request one, for as long as there is the booking."}


def make_booking(call: Call[Desks]) -> HttpAnswer:
    """POST /bookings."""
    request = _request(call, call.body(NewBooking))
    call.line.correlation_id = request.booking_id
    call.line.add(booking_id=request.booking_id, provider_id=request.provider_id)
    if request.deposit is None:
        # Not until this function's own time is over: whoever waits for busy tables is better told to come again.
        return _made(call.deps.bookings.book(request, call.deadline.within(call.deps.wait_s)))
    # Refused here, what is plainly wrong starts no state machine.
    call.deps.bookings.expect(request)
    standing = call.deps.deposits.submit(request, call.deadline.within(call.deps.wait_s))
    if standing.booking is None or standing.booking.status is Status.PENDING_DEPOSIT:
        location = f"/bookings/{request.booking_id}"
        return answered(202, pending_document(request), {"location": location})
    return _made(standing.booking)


def read_booking(call: Call[Desks]) -> HttpAnswer:
    """GET /bookings/{bookingId}."""
    return answered(200, booking_document(call.deps.bookings.find(call.tenant_id, _booking_id(call))))


def cancel_booking(call: Call[Desks]) -> HttpAnswer:
    """POST /bookings/{bookingId}/cancel."""
    form, deadline = call.body(Cancellation), call.deadline.within(call.deps.wait_s)
    booking = call.deps.cancelling.cancel(call.tenant_id, _booking_id(call), form.reason, deadline)
    # Not cancelled yet: its state machine was started, and was not done when the wait was over.
    return answered(200 if booking.status is Status.CANCELLED else 202, booking_document(booking))


def reschedule_booking(call: Call[Desks]) -> HttpAnswer:
    """POST /bookings/{bookingId}/reschedule."""
    form = call.body(Rescheduling)
    starts_at = utc("datetime", form.datetime)
    deadline = call.deadline.within(call.deps.wait_s)
    booking = call.deps.bookings.reschedule(call.tenant_id, _booking_id(call), starts_at, form.provider_id, deadline)
    return answered(200, booking_document(booking))


def miss_booking(call: Call[Desks]) -> HttpAnswer:
    """POST /bookings/{bookingId}/no-show."""
    booking = call.deps.bookings.no_show(call.tenant_id, _booking_id(call), call.deadline)
    return answered(200, booking_document(booking))


def list_bookings(call: Call[Desks]) -> HttpAnswer:
    """GET /bookings."""
    query = call.query(DayQuery)
    paging = Paging(call.deps.cursors, call.tenant_id, f"bookings {query.date}", query)
    page = call.deps.lists.of_tenant(call.tenant_id, query.date, paging.limit, paging.position)
    return _listed(page, paging.next_cursor(page))


def list_provider_bookings(call: Call[Desks]) -> HttpAnswer:
    """GET /providers/{providerId}/bookings."""
    query, provider_id = call.query(DayQuery), call.path_id("providerId")
    call.deps.schedules.must_exist(Place(call.tenant_id, provider_id))
    paging = Paging(call.deps.cursors, call.tenant_id, f"bookings {query.date} of {provider_id}", query)
    page = call.deps.lists.of_provider(call.tenant_id, provider_id, query.date, paging.limit, paging.position)
    return _listed(page, paging.next_cursor(page))


BOOKING_ROUTES: tuple[Route[Desks], ...] = (
    Route(
        "POST /bookings",
        make_booking,
        "Book a slot",
        Access.ANY,
        {201: BookingDocument, 202: PendingBooking},
        body=NewBooking,
        refusals=(
            "not_found",
            "slot_taken",
            "outside_availability",
            "idempotency_conflict",
            "limit_reached",
            "deposit_declined",
        ),
        headers=IDEMPOTENCY,
    ),
    Route(
        "GET /bookings",
        list_bookings,
        "List the bookings of a day, by the providers' local time",
        Access.MANAGE,
        {200: BookingList},
        query=DayQuery,
    ),
    Route(
        "GET /bookings/{bookingId}",
        read_booking,
        "Read a booking",
        Access.ANY,
        {200: BookingDocument},
        refusals=("not_found",),
    ),
    Route(
        "POST /bookings/{bookingId}/cancel",
        cancel_booking,
        "Cancel a booking that has not begun",
        Access.ANY,
        {200: BookingDocument, 202: BookingDocument},
        body=Cancellation,
        refusals=("not_found", "booking_closed"),
    ),
    Route(
        "POST /bookings/{bookingId}/reschedule",
        reschedule_booking,
        "Move a booking to another free time, or to another provider",
        Access.ANY,
        {200: BookingDocument},
        body=Rescheduling,
        refusals=("not_found", "booking_closed", "slot_taken", "outside_availability"),
    ),
    Route(
        "POST /bookings/{bookingId}/no-show",
        miss_booking,
        "Say that a customer did not come",
        Access.MANAGE,
        {200: BookingDocument},
        refusals=("not_found", "booking_closed"),
    ),
    Route(
        "GET /providers/{providerId}/bookings",
        list_provider_bookings,
        "List a provider's bookings of a local day",
        Access.MANAGE,
        {200: BookingList},
        query=DayQuery,
        refusals=("not_found",),
    ),
)


def _request(call: Call[Desks], form: NewBooking) -> BookingRequest:
    deposit = DepositRequest(form.deposit.user_id, form.deposit.card) if form.deposit else None
    request = BookingRequest(
        tenant_id=call.tenant_id,
        service_id=form.service_id,
        provider_id=form.provider_id,
        starts_at=utc("datetime", form.datetime),
        customer_name=form.customer_name,
        customer_email=form.customer_email,
        source="api",
        idempotency_key=call.idempotency_key(),
        deposit=deposit,
    )
    return request.keyed()


def _booking_id(call: Call[Desks]) -> str:
    booking_id = call.path_id("bookingId")
    call.line.correlation_id = booking_id
    return booking_id


def _made(booking: Booking) -> HttpAnswer:
    return answered(201, booking_document(booking), {"location": f"/bookings/{booking.booking_id}"})


def _listed(page: Page, cursor: str | None) -> HttpAnswer:
    return answered(200, BookingList(items=[booking_document(one) for one in page.items], next_cursor=cursor))
