"""The routes of availability, exceptions, slots and bookings: requests in, answers out, on tables in this process."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from booking.adapters.booking_lists import BookingLists
from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.booking_wiring import Cancelling, Desks
from booking.adapters.cursors import Cursors
from booking.adapters.rate_limits import RateLimits
from booking.adapters.rows import Rows
from booking.adapters.schedule_store import DynamoScheduleStore
from booking.domain.booking import Booking, BookingRequest
from booking.domain.bookings import BookingDesk
from booking.domain.deposits import DepositStanding
from booking.domain.schedules import ScheduleDesk
from booking.domain.slot_search import SlotSearch
from booking.handlers.booking_api import ROUTES, handle
from groundwork.deadline import Deadline

from tests.systems.booking.bookings.dynamo import TABLES, dynamo, put
from tests.systems.booking.bookings.memory import PROVIDER, TENANT, Clock, soon

DAY = "2026-11-23"
BOOKING = {
    "serviceId": "srv_cut",
    "providerId": PROVIDER,
    "datetime": f"{DAY}T09:00:00+01:00",
    "customerName": "Rosa",
    "customerEmail": "rosa@example.com",
}


@dataclass
class Deposits:
    """Stands in for the deposits' desk: notes what it is asked, holds the slot if told so."""

    desk: BookingDesk
    holds: bool = False
    cancelled: list[tuple[str, bool]] = field(default_factory=list)

    def submit(self, request: BookingRequest, deadline: Deadline) -> DepositStanding:
        booking = self.desk.hold(request, deadline) if self.holds else None
        return DepositStanding(request.booking_id, booking)

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline, *, wait: bool = True) -> Booking:
        self.cancelled.append((booking_id, wait))
        return self.desk.find(tenant_id, booking_id)


@dataclass
class Api:
    client: Any
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        store = DynamoBookingStore(lambda _: self.client, TABLES)
        desk = BookingDesk(store, self.clock, lambda _: None)
        self.deposits = Deposits(desk)
        cancelling = Cancelling(desk, self.deposits)  # type: ignore[arg-type]
        schedules = DynamoScheduleStore(lambda _: self.client, TABLES)
        self.desks = Desks(
            bookings=desk,
            deposits=self.deposits,  # type: ignore[arg-type]
            cancelling=cancelling,
            schedules=ScheduleDesk(schedules, store.bookings, cancelling.cancel_now, self.clock, lambda _: None),
            search=SlotSearch(store, self.clock),
            lists=BookingLists(lambda _: self.client, TABLES),
            cursors=Cursors(lambda: b"secret"),
            rates=RateLimits(lambda _: Rows(self.client), TABLES, self.clock),
            wait_s=1.0,
        )

    def call(self, route: str, body: object = None, *, scopes: str = "manage", **more: Any) -> tuple[int, Any]:
        """Send one request; `path`, `query` and `headers` as API Gateway tells them."""
        identity = {"tenantId": TENANT, "apiKeyId": "key_1", "scopes": scopes, "plan": "FREE"}
        event = {
            "routeKey": route,
            "pathParameters": {"providerId": PROVIDER, **more.get("path", {})},
            "queryStringParameters": more.get("query", {}),
            "headers": more.get("headers", {}),
            "body": None if body is None else json.dumps(body),
            "requestContext": {"requestId": "req-1", "authorizer": {"lambda": identity}},
        }
        answer = handle(event, self.desks, soon())
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None


@pytest.fixture
def api() -> Iterator[Api]:
    with dynamo() as client:
        pk = f"TENANT#{TENANT}"
        for service, deposit_minor in (("srv_cut", 0), ("srv_deposit", 1000)):
            terms = {"durationMinutes": 60, "priceMinor": 2500, "currency": "EUR", "depositMinor": deposit_minor}
            put(client, TABLES.services, PK=pk, SK=f"SERVICE#{service}", serviceId=service, active=True, **terms)
            put(client, TABLES.providers, PK=pk, SK=f"PROVIDER#{PROVIDER}#SERVICE#{service}", active=True)
        put(client, TABLES.tenants, PK=pk, SK="META#TENANT", plan="FREE")
        schedule = {"version": 1, "rulesVersion": 1, "timezone": "Europe/Madrid", "active": True}
        put(client, TABLES.availability, PK=f"{pk}#PROVIDER#{PROVIDER}", SK="SCHEDULE", **schedule)
        made = Api(client)
        rule = {"dayOfWeek": "MON", "timeRanges": [{"start": "09:00", "end": "11:00"}]}
        assert made.call("POST /providers/{providerId}/availability", rule)[0] == 201
        yield made


def slots(api: Api, first: str = DAY, last: str = DAY) -> list[dict[str, str]]:
    query = {"serviceId": "srv_cut", "from": first, "to": last}
    status, body = api.call("GET /providers/{providerId}/slots", query=query, scopes="widget")
    assert status == 200
    items: list[dict[str, str]] = body["items"]
    return items


def test_a_slot_is_offered_booked_read_and_no_longer_offered(api: Api) -> None:
    offered = slots(api)
    assert offered[0] == {
        "start": "2026-11-23T08:00:00Z",
        "end": "2026-11-23T09:00:00Z",
        "localDate": DAY,
        "localTime": "09:00",
        "utcOffset": "+01:00",
    }
    assert [one["localTime"] for one in offered] == ["09:00", "09:15", "09:30", "09:45", "10:00"]

    status, booking = api.call("POST /bookings", BOOKING, scopes="widget")
    again = api.call("GET /bookings/{bookingId}", path={"bookingId": booking["bookingId"]}, scopes="widget")

    assert status == 201
    assert (booking["status"], booking["price"], booking["datetime"]) == ("CONFIRMED", "25.00", "2026-11-23T08:00:00Z")
    assert (booking["localTime"], booking["utcOffset"]) == ("09:00", "+01:00")
    assert again == (200, booking)
    assert [one["localTime"] for one in slots(api)] == ["10:00"]


def test_one_key_is_one_booking_and_another_body_a_conflict(api: Api) -> None:
    headers = {"Idempotency-Key": "click-1"}

    first, second = (api.call("POST /bookings", BOOKING, headers=headers) for _ in range(2))
    status, refused = api.call("POST /bookings", {**BOOKING, "customerName": "Eva"}, headers=headers)

    assert first == second
    assert first[0] == 201
    assert (status, refused["error"]["code"]) == (409, "idempotency_conflict")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"datetime": "2026-11-23T09:00:00"}, "datetime"),
        ({"datetime": "2026-11-23T09:01:00Z"}, "datetime"),
        ({"datetime": "9999-12-31T23:59:59-23:59"}, "datetime"),
        ({"datetime": "soon"}, "datetime"),
        ({"datetime": 5}, "datetime"),
        ({"customerEmail": "rosa"}, "customerEmail"),
        ({"customerName": ""}, "customerName"),
        ({"customerName": "a\nb"}, "customerName"),
        ({"providerId": "prv#1"}, "providerId"),
        ({"tenantId": "ten_b"}, "tenantId"),
        ({"deposit": {"userId": "rosa"}}, "deposit.card"),
    ],
)
def test_a_wrong_field_is_named(api: Api, change: dict[str, object], field: str) -> None:
    status, body = api.call("POST /bookings", {**BOOKING, **change})

    assert (status, body["error"]["code"]) == (400, "invalid_request")
    assert [one["field"] for one in body["error"]["fields"]] == [field]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": DAY, "to": DAY}, "serviceId"),
        ({"serviceId": "s", "from": DAY, "to": "2026-12-24"}, "to"),
        ({"serviceId": "s", "from": DAY, "to": "2026-11-22"}, "to"),
        ({"serviceId": "s", "from": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"serviceId": "s", "from": "2026-02-30", "to": DAY}, "from"),
    ],
)
def test_a_wrong_search_is_refused(api: Api, query: dict[str, str], field: str) -> None:
    status, body = api.call("GET /providers/{providerId}/slots", query=query)

    assert status == 400
    assert body["error"]["fields"][0]["field"] == field


def test_refusals_have_their_status(api: Api) -> None:
    _, booking = api.call("POST /bookings", BOOKING)
    path = {"bookingId": booking["bookingId"]}

    answers = {
        "taken": api.call("POST /bookings", BOOKING),
        "outside": api.call("POST /bookings", {**BOOKING, "datetime": f"{DAY}T20:00:00Z"}),
        "service": api.call("POST /bookings", {**BOOKING, "serviceId": "srv_x"}),
        "deposit": api.call("POST /bookings", {**BOOKING, "serviceId": "srv_deposit", "datetime": f"{DAY}T09:00:00Z"}),
        "early": api.call("POST /bookings/{bookingId}/no-show", path=path),
        "foreign": api.call("GET /bookings/{bookingId}", path={"bookingId": "ten_b-0123"}),
        "widget": api.call("GET /bookings", query={"date": DAY}, scopes="widget"),
    }

    assert {name: (status, body["error"]["code"]) for name, (status, body) in answers.items()} == {
        "taken": (409, "slot_taken"),
        "outside": (409, "outside_availability"),
        "service": (404, "not_found"),
        "deposit": (400, "invalid_request"),
        "early": (409, "booking_closed"),
        "foreign": (404, "not_found"),
        "widget": (403, "forbidden_scope"),
    }


def test_a_booking_is_moved_cancelled_and_told(api: Api) -> None:
    _, booking = api.call("POST /bookings", BOOKING)
    path = {"bookingId": booking["bookingId"]}

    move = {"datetime": f"{DAY}T10:00:00+01:00"}
    moved = api.call("POST /bookings/{bookingId}/reschedule", move, path=path)
    cancelled = api.call("POST /bookings/{bookingId}/cancel", path=path)
    listed = api.call("GET /providers/{providerId}/bookings", query={"date": DAY})

    assert (moved[0], moved[1]["localTime"], moved[1]["version"]) == (200, "10:00", 2)
    assert (cancelled[0], cancelled[1]["status"], cancelled[1]["cancelReason"]) == (
        200,
        "CANCELLED",
        "customer_request",
    )
    assert listed == (200, {"items": [cancelled[1]]})
    assert len(slots(api)) == 5


def test_a_deposit_is_pending_until_it_is_settled(api: Api) -> None:
    asked = {**BOOKING, "serviceId": "srv_deposit", "deposit": {"userId": "rosa", "card": "tok_visa"}}

    started = api.call("POST /bookings", asked, headers={"idempotency-key": "k"})
    api.deposits.holds = True
    held = api.call("POST /bookings", asked, headers={"idempotency-key": "k"})
    pending = api.call("GET /bookings/{bookingId}", path={"bookingId": held[1]["bookingId"]})

    assert started == held
    assert (held[0], held[1]["status"], held[1]["depositStatus"]) == (202, "PENDING_DEPOSIT", "PENDING")
    assert (pending[1]["deposit"], pending[1]["depositStatus"]) == ("10.00", "PENDING")


def test_a_booking_with_a_deposit_is_cancelled_by_the_machine_that_gives_it_back(api: Api) -> None:
    api.deposits.holds = True
    asked = {**BOOKING, "serviceId": "srv_deposit", "deposit": {"userId": "rosa", "card": "tok_visa"}}
    _, held = api.call("POST /bookings", asked)
    path = {"bookingId": held["bookingId"]}

    waited = api.call("POST /bookings/{bookingId}/cancel", {}, path=path)
    closed = api.call(
        "POST /providers/{providerId}/exceptions", {"date": DAY, "allDay": True, "existingBookings": "cancel"}
    )

    assert waited[0] == 202  # the machine that stands in here does nothing
    assert closed[1]["keptBookings"] == []
    assert api.deposits.cancelled == [(held["bookingId"], True), (held["bookingId"], False)]
    assert api.call("GET /bookings/{bookingId}", path=path)[1]["status"] == "CANCELLED"


def test_a_day_is_closed_and_opened_again(api: Api) -> None:
    route = "POST /providers/{providerId}/exceptions"
    _, booking = api.call("POST /bookings", BOOKING)

    refused = api.call(route, {"date": DAY, "allDay": True})
    kept = api.call(route, {"date": DAY, "allDay": True, "existingBookings": "keep", "reason": "ill"})
    none = slots(api)
    path = {"exceptionId": kept[1]["exceptionId"]}
    read = api.call("GET /providers/{providerId}/exceptions/{exceptionId}", path=path)
    listed = api.call("GET /providers/{providerId}/exceptions", query={"date": DAY})
    gone = api.call("DELETE /providers/{providerId}/exceptions/{exceptionId}", path=path)

    assert (refused[0], refused[1]["error"]["bookings"]) == (409, [booking["bookingId"]])
    assert (kept[0], kept[1]["status"], kept[1]["keptBookings"]) == (201, "ACTIVE", [booking["bookingId"]])
    assert none == []
    assert read == (200, kept[1])
    assert listed == (200, {"items": [kept[1]]})
    assert gone == (204, None)
    assert [one["localTime"] for one in slots(api)] == ["10:00"]


@pytest.mark.parametrize(
    "body",
    [
        {"date": DAY},
        {"date": DAY, "allDay": True, "timeRanges": [{"start": "09:00", "end": "10:00"}]},
        {"date": DAY, "timeRanges": [{"start": "10:00", "end": "09:00"}]},
        {"date": DAY, "timeRanges": [{"start": "09:00", "end": "10:00"}, {"start": "09:30", "end": "11:00"}]},
        {"date": "1999-01-01", "allDay": True},
        {"date": "2026-11-20", "allDay": True},
        {"date": DAY, "allDay": True, "existingBookings": "ignore"},
    ],
)
def test_a_closing_that_means_nothing_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.call("POST /providers/{providerId}/exceptions", body)[0] == 400


@pytest.mark.parametrize("exception_id", ["2026-11-23-001", "2026-11-23-1", "x", "2026-11-23", "2026-11-23--01"])
def test_an_exception_that_is_not_there_is_not_found(api: Api, exception_id: str) -> None:
    for method in ("GET", "DELETE"):
        route = f"{method} /providers/{{providerId}}/exceptions/{{exceptionId}}"
        status, body = api.call(route, path={"exceptionId": exception_id})
        assert (status, body["error"]["message"]) == (404, f"there is no exception {exception_id}")


def test_rules_are_listed_page_by_page_and_a_foreign_cursor_is_refused(api: Api) -> None:
    rule = {"dayOfWeek": "TUE", "timeRanges": [{"start": "00:00", "end": "24:00"}]}
    _, added = api.call("POST /providers/{providerId}/availability", rule)

    _, first = api.call("GET /providers/{providerId}/availability", query={"limit": "1"})
    query = {"limit": "1", "cursor": first["nextCursor"]}
    _, second = api.call("GET /providers/{providerId}/availability", query=query)
    misled, _ = api.call("GET /providers/{providerId}/exceptions", query=query)
    removed, _ = api.call("DELETE /providers/{providerId}/availability/{ruleId}", path={"ruleId": added["ruleId"]})

    assert {one["dayOfWeek"] for one in [*first["items"], *second["items"]]} == {"MON", "TUE"}
    assert "nextCursor" not in second
    assert misled == 400
    assert removed == 204


def test_every_route_of_a_provider_that_is_not_there_says_the_same(api: Api) -> None:
    bodies = {
        "POST /providers/{providerId}/availability": {
            "dayOfWeek": "MON",
            "timeRanges": [{"start": "09:00", "end": "10:00"}],
        },
        "POST /providers/{providerId}/exceptions": {"date": DAY, "allDay": True},
    }
    queries = {
        "GET /providers/{providerId}/slots": {"serviceId": "srv_cut", "from": DAY, "to": DAY},
        "GET /providers/{providerId}/bookings": {"date": DAY},
    }
    path = {"providerId": "prv_x", "ruleId": "rul_1", "exceptionId": "2026-11-23-001"}

    for route in [key for key in ROUTES if "{providerId}" in key]:
        status, body = api.call(route, bodies.get(route), path=path, query=queries.get(route, {}))
        assert (status, body["error"]["message"]) == (404, "there is no provider prv_x"), route


def test_what_is_past_is_not_offered(api: Api) -> None:
    api.clock.now = datetime(2026, 11, 23, 8, 31, tzinfo=UTC)

    assert [one["localTime"] for one in slots(api)] == ["09:45", "10:00"]


def test_requests_of_any_route_are_refused_when_the_plans_minute_is_used_up(api: Api) -> None:
    minute = f"RATE#{api.clock.now:%Y-%m-%dT%H:%M}"
    put(api.client, TABLES.usage, PK=f"TENANT#{TENANT}", SK=minute, requests=119)

    statuses = [api.call("POST /bookings", BOOKING)[0], api.call("POST /bookings", BOOKING)[0]]

    assert statuses == [201, 429]
