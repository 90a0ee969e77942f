"""The routes of availability, exceptions and free slots. What they mean is in `booking.domain`."""

from datetime import date

from booking.adapters.booking_wiring import Desks
from booking.adapters.http_events import HttpAnswer
from booking.adapters.paging import PageQuery, Paging
from booking.adapters.routing import Access, Call, Route, answered
from booking.adapters.schedule_forms import (
    ExceptionDocument,
    ExceptionList,
    ExceptionsQuery,
    NewException,
    NewRule,
    RuleDocument,
    RuleList,
    SlotList,
    SlotsQuery,
    exception_document,
    ranges_of,
    rule_document,
    slot_document,
)
from booking.domain.errors import NotFound
from booking.domain.schedule_store import Place
from booking.domain.schedules import ClosingRequest, RuleRequest


def list_rules(call: Call[Desks]) -> HttpAnswer:
    """GET /providers/{providerId}/availability."""
    query, place = call.query(PageQuery), _place(call)
    call.deps.schedules.must_exist(place)
    paging = Paging(call.deps.cursors, place.tenant_id, f"availability of {place.provider_id}", query)
    page = call.deps.lists.rules(place.tenant_id, place.provider_id, paging.limit, paging.position)
    items = [rule_document(place.provider_id, rule) for rule in page.items]
    return answered(200, RuleList(items=items, next_cursor=paging.next_cursor(page)))


def add_rule(call: Call[Desks]) -> HttpAnswer:
    """POST /providers/{providerId}/availability."""
    form, place = call.body(NewRule), _place(call)
    request = RuleRequest(form.weekday, ranges_of(form.time_ranges), call.idempotency_key())
    rule = call.deps.schedules.add_rule(place, request, call.deadline)
    location = f"/providers/{place.provider_id}/availability"
    return answered(201, rule_document(place.provider_id, rule), {"location": location})


def delete_rule(call: Call[Desks]) -> HttpAnswer:
    """DELETE /providers/{providerId}/availability/{ruleId}."""
    call.deps.schedules.remove_rule(_place(call), call.path_id("ruleId"), call.deadline)
    return answered(204)


def list_exceptions(call: Call[Desks]) -> HttpAnswer:
    """GET /providers/{providerId}/exceptions."""
    query, place = call.query(ExceptionsQuery), _place(call)
    call.deps.schedules.must_exist(place)
    name = f"exceptions {query.date} of {place.provider_id}"
    paging = Paging(call.deps.cursors, place.tenant_id, name, query)
    page = call.deps.lists.closings(place.tenant_id, place.provider_id, query.date, paging.limit, paging.position)
    items = [exception_document(place.provider_id, one) for one in page.items]
    return answered(200, ExceptionList(items=items, next_cursor=paging.next_cursor(page)))


def add_exception(call: Call[Desks]) -> HttpAnswer:
    """POST /providers/{providerId}/exceptions."""
    form, place = call.body(NewException), _place(call)
    request = ClosingRequest(form.date, form.reason, ranges_of(form.time_ranges), form.existing)
    closing = call.deps.schedules.close(place, request, call.deadline)
    location = f"/providers/{place.provider_id}/exceptions/{closing.exception_id}"
    return answered(201, exception_document(place.provider_id, closing), {"location": location})


def read_exception(call: Call[Desks]) -> HttpAnswer:
    """GET /providers/{providerId}/exceptions/{exceptionId}."""
    place, (day, seq) = _place(call), _exception_id(call)
    return answered(200, exception_document(place.provider_id, call.deps.schedules.closing(place, day, seq)))


def delete_exception(call: Call[Desks]) -> HttpAnswer:
    """DELETE /providers/{providerId}/exceptions/{exceptionId}."""
    day, seq = _exception_id(call)
    call.deps.schedules.reopen(_place(call), day, seq, call.deadline)
    return answered(204)


def list_slots(call: Call[Desks]) -> HttpAnswer:
    """GET /providers/{providerId}/slots."""
    query, place = call.query(SlotsQuery), _place(call)
    slots = call.deps.search.slots(place.tenant_id, query.service_id, place.provider_id, query.first, query.last)
    return answered(200, SlotList(items=[slot_document(slot) for slot in slots]))


SCHEDULE_ROUTES: tuple[Route[Desks], ...] = (
    Route(
        "GET /providers/{providerId}/availability",
        list_rules,
        "List a provider's weekly hours",
        Access.ANY,
        {200: RuleList},
        query=PageQuery,
        refusals=("not_found",),
    ),
    Route(
        "POST /providers/{providerId}/availability",
        add_rule,
        "Add weekly hours",
        Access.MANAGE,
        {201: RuleDocument},
        body=NewRule,
        refusals=("not_found", "idempotency_conflict", "conflict"),
        headers={"Idempotency-Key": "Makes repetitions of this request one."},
    ),
    Route(
        "DELETE /providers/{providerId}/availability/{ruleId}",
        delete_rule,
        "Remove weekly hours; bookings made by them stay",
        Access.MANAGE,
        {204: None},
        refusals=("not_found",),
    ),
    Route(
        "GET /providers/{providerId}/exceptions",
        list_exceptions,
        "List a provider's exceptions, of a day or of all",
        Access.ANY,
        {200: ExceptionList},
        query=ExceptionsQuery,
        refusals=("not_found",),
    ),
    Route(
        "POST /providers/{providerId}/exceptions",
        add_exception,
        "Close a day, or hours of it; the same request again finishes or finds the first one",
        Access.MANAGE,
        {201: ExceptionDocument},
        body=NewException,
        refusals=("not_found", "bookings_in_the_way", "conflict"),
    ),
    Route(
        "GET /providers/{providerId}/exceptions/{exceptionId}",
        read_exception,
        "Read an exception",
        Access.ANY,
        {200: ExceptionDocument},
        refusals=("not_found",),
    ),
    Route(
        "DELETE /providers/{providerId}/exceptions/{exceptionId}",
        delete_exception,
        "Open the time again; bookings that were cancelled stay so",
        Access.MANAGE,
        {204: None},
        refusals=("not_found",),
    ),
    Route(
        "GET /providers/{providerId}/slots",
        list_slots,
        "List the free slots of a provider for a service",
        Access.ANY,
        {200: SlotList},
        query=SlotsQuery,
        refusals=("not_found",),
    ),
)


def _place(call: Call[Desks]) -> Place:
    return Place(call.tenant_id, call.path_id("providerId"))


def _exception_id(call: Call[Desks]) -> tuple[date, int]:
    identifier = call.path_id("exceptionId")
    day, _, seq = identifier.rpartition("-")
    try:
        read = date.fromisoformat(day), int(seq)
    except ValueError:
        raise NotFound("exception", identifier) from None
    if f"{read[0].isoformat()}-{read[1]:03d}" != identifier:
        raise NotFound("exception", identifier)
    return read
