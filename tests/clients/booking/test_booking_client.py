"""The booking client says what owners and customers do, records whose it was, and keeps no key in a history."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from harness.clients.api import RecordedApi, http_client
from harness.clients.booking import Booking, BookingClient, Provider, Service, Slot, Tenant
from harness.clients.booking.client import API_KEY
from harness.clients.names import Names
from harness.errors import AnswerUnexpected, StatusTimeout
from harness.history import Recorder
from tests.clients.fakes import Answering, answer, answers, body_of

KEY = "bk_abcdefgh_" + "s" * 40
SIGNED_UP = answer(201, tenantId="t-1", apiKey=KEY)
SLOT = Slot(
    datetime(2026, 11, 23, 12, tzinfo=UTC), datetime(2026, 11, 23, 12, 30, tzinfo=UTC), "2026-11-23", "09:00", "-03:00"
)
SLOT_ITEM = {
    "start": "2026-11-23T12:00:00Z",
    "end": "2026-11-23T12:30:00Z",
    "localDate": "2026-11-23",
    "localTime": "09:00",
    "utcOffset": "-03:00",
}
CUT = Service("srv-1", "Cut", 30)


class Desk:
    """A client whose requests `answering` gets, and its recorder."""

    def __init__(self, *several: httpx.Response | Exception) -> None:
        self.sent: list[httpx.Request] = []
        self.recorder = Recorder(lambda: 0.0)
        answering: Answering = answers(*several)

        def answered(request: httpx.Request) -> httpx.Response:
            self.sent.append(request)
            return answering(request)

        http = http_client("http://booking.test", httpx.MockTransport(answered))
        api = RecordedApi(http, "", self.recorder, identified_by="bookingId", secret=API_KEY)
        now = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.booking = BookingClient(api, Names(7, "test"), lambda: 0.0, lambda: now)

    @property
    def last(self) -> httpx.Request:
        return self.sent[-1]

    @property
    def recorded(self) -> Mapping[str, Any]:
        return self.recorder.operations()[-1].value

    def tenant(self) -> Tenant:
        return Tenant(self.booking, "t-1", self.booking.api.under(KEY), zone="America/Santiago", currency="USD")

    def provider(self) -> Provider:
        return Provider(self.tenant(), "prv-1", zone="America/Santiago")


def booked(status: str = "CONFIRMED", **more: str) -> httpx.Response:
    return answer(201, bookingId="b-1", status=status, **more)


def test_tenant_speaks_under_its_first_key_when_it_has_signed_up() -> None:
    desk = Desk(SIGNED_UP, answer(201, serviceId="srv-1"))

    salon = desk.booking.tenant(plan="FREE")
    salon.service("Cut", minutes=45, deposit="10.00")

    assert "x-api-key" not in desk.sent[0].headers
    assert body_of(desk.sent[0])["plan"] == "FREE"
    assert desk.last.headers["x-api-key"] == KEY
    assert body_of(desk.last)["durationMinutes"] == 45
    assert body_of(desk.last)["deposit"] == "10.00"
    assert (desk.recorded["tenantId"], desk.recorder.operations()[-1].subject) == ("t-1", "srv-1")


def test_no_history_holds_a_key_when_an_answer_tells_one() -> None:
    desk = Desk(SIGNED_UP)

    desk.booking.tenant()

    assert desk.recorder.operations()[0].result == {"tenantId": "t-1", "apiKey": "[secret]"}


def test_sign_up_raises_when_it_is_refused() -> None:
    with pytest.raises(AnswerUnexpected, match="answered with 400, expected 201"):
        Desk(answer(400, error={"code": "invalid_request"})).booking.tenant()


def test_same_request_carries_the_same_key_when_it_is_sent_again() -> None:
    desk = Desk(booked())
    request = desk.tenant().request(desk.provider(), CUT, SLOT, key="click")

    first, again = request.submit(), request.but(customerName="Bob").submit()

    keys = [one.headers["idempotency-key"] for one in desk.sent]
    assert (keys[0], keys[0].startswith("click-")) == (keys[1], True)
    assert body_of(desk.sent[0])["datetime"] == "2026-11-23T12:00:00Z"
    assert body_of(desk.last)["customerName"] == "Bob"
    assert (first.booking_id, again.status) == ("b-1", "CONFIRMED")
    assert desk.recorded["idempotencyKey"] == keys[0]
    assert [one.subject for one in desk.recorder.operations()] == ["b-1", "b-1"]


def test_no_key_is_sent_when_a_request_has_none() -> None:
    desk = Desk(booked())

    desk.tenant().request(desk.provider(), CUT, "2026-11-23T09:00:00-03:00").without_key().submit()

    assert "idempotency-key" not in desk.last.headers
    assert body_of(desk.last)["datetime"] == "2026-11-23T09:00:00-03:00"


def test_deposit_is_offered_when_the_customer_has_a_wallet() -> None:
    desk = Desk(answer(202, bookingId="b-1", status="PENDING_DEPOSIT"))
    salon = desk.tenant()

    pending = salon.book(desk.provider(), CUT, SLOT, customer=salon.customer(wallet="user-1", card="tok_visa"))

    assert body_of(desk.last)["deposit"] == {"userId": "user-1", "card": "tok_visa"}
    assert (pending.status, pending.payment_id) == ("PENDING_DEPOSIT", "dep-b-1")


def test_outcome_is_open_when_no_answer_came() -> None:
    desk = Desk(httpx.ReadError("reset"))

    lost = desk.tenant().book(desk.provider(), CUT, SLOT)

    assert (lost.status_code, lost.status, lost.booking_id) == (None, "", "")
    assert desk.recorder.operations()[-1].outcome == "info"


@pytest.mark.parametrize(("verb", "path"), [("cancel", "cancel"), ("no_show", "no-show")])
def test_booking_is_changed_by_its_id(verb: str, path: str) -> None:
    desk = Desk(booked(), booked("CANCELLED"))

    changed = getattr(desk.tenant().book(desk.provider(), CUT, SLOT), verb)()

    assert desk.last.url.path == f"/bookings/b-1/{path}"
    assert changed.status == "CANCELLED"
    assert desk.recorder.operations()[-1].action == verb


def test_booking_moves_to_another_provider() -> None:
    desk = Desk(booked())
    alice = desk.tenant().book(desk.provider(), CUT, SLOT)

    alice.reschedule(SLOT, provider=desk.provider())

    assert body_of(desk.last) == {"datetime": "2026-11-23T12:00:00Z", "providerId": "prv-1"}


@pytest.mark.parametrize("under_way", ["PENDING", "REFUND_PENDING"])
def test_waiting_ends_when_the_refund_has_arrived(under_way: str) -> None:
    answers = [booked("CANCELLED", depositStatus=status) for status in (under_way, under_way, "REFUNDED")]
    desk = Desk(*answers)
    cancelled = Booking(desk.tenant(), desk.tenant().book(desk.provider(), CUT, SLOT).answer, asked_id="b-1")

    assert cancelled.settles(within_s=1).deposit_status == "REFUNDED"


def test_waiting_raises_with_what_was_seen_when_the_status_never_comes() -> None:
    desk = Desk(booked("PENDING_DEPOSIT", depositStatus="PENDING"))
    pending = desk.tenant().book(desk.provider(), CUT, SLOT)

    with pytest.raises(StatusTimeout, match="still PENDING_DEPOSIT PENDING"):
        pending.reaches("CONFIRMED", within_s=0.05)


def test_hours_are_added_day_by_day() -> None:
    desk = Desk(answer(201, ruleId="rule-1"))

    desk.provider().available("MON-WED,SUN", "09:00-13:00", "15:00-24:00")

    assert [body_of(one)["dayOfWeek"] for one in desk.sent] == ["MON", "TUE", "WED", "SUN"]
    assert body_of(desk.last)["timeRanges"][1] == {"start": "15:00", "end": "24:00"}
    assert desk.recorded["providerId"] == "prv-1"


def test_hours_raise_when_they_are_refused() -> None:
    with pytest.raises(AnswerUnexpected, match="hours on MON were answered with 409"):
        Desk(answer(409, error={"code": "conflict"})).provider().available("MON", "09:00-13:00")


@pytest.mark.parametrize(("ranges", "all_day"), [((), True), (("09:00-10:00",), False)])
def test_day_is_closed_or_some_of_its_hours(ranges: tuple[str, ...], all_day: bool) -> None:
    desk = Desk(answer(201, exceptionId="x-1"))

    desk.provider().closed("2026-11-23", *ranges, existing="keep")

    body = body_of(desk.last)
    assert (body["allDay"], "timeRanges" in body, body["existingBookings"]) == (all_day, not all_day, "keep")


def test_slots_are_read_as_instants_and_found_by_local_time() -> None:
    desk = Desk(answer(200, items=[SLOT_ITEM]))
    ana = desk.provider()

    assert ana.slots(CUT, "2026-11-23") == [SLOT]
    assert ana.slot(CUT, "2026-11-23", "09:00") == SLOT
    with pytest.raises(AnswerUnexpected, match="10:00 on 2026-11-23 is not free"):
        ana.slot(CUT, "2026-11-23", "10:00")


def test_slots_raise_when_they_are_refused() -> None:
    with pytest.raises(AnswerUnexpected, match="answered with 404, expected 200"):
        Desk(answer(404, error={"code": "not_found"})).provider().slots(CUT, "2026-11-23")


def test_list_is_read_to_its_last_page() -> None:
    desk = Desk(answer(200, items=[{"bookingId": "b-1"}], nextCursor="c/1"), answer(200, items=[{"bookingId": "b-2"}]))

    found = desk.tenant().bookings("2026-11-23")

    assert [one["bookingId"] for one in found] == ["b-1", "b-2"]
    assert dict(desk.last.url.params) == {"date": "2026-11-23", "limit": "100", "cursor": "c/1"}


def test_widget_key_takes_the_place_of_the_owner_s() -> None:
    widget_key = "bk_ijklmnop_" + "w" * 40
    desk = Desk(answer(201, apiKeyId="k-2", apiKey=widget_key), booked())

    widget = desk.tenant().widget_key("https://salon.example")
    widget.book(desk.provider(), CUT, SLOT)

    assert body_of(desk.sent[0]) == {"scopes": ["widget"], "allowedOrigins": ["https://salon.example"]}
    assert desk.last.headers["x-api-key"] == widget_key


def test_messages_have_ids_of_their_own_unless_one_is_repeated() -> None:
    started = answer(201, conversationId="c-1", state="SERVICE_PENDING", text="Hello!")
    told = answer(200, state="DATE_PENDING", text="Which day?", options=[{"number": 1, "label": "Monday"}])
    desk = Desk(started, told)
    talk = desk.tenant().chat(language="en")

    talk.says("cut", "ana", message="choice").says("ana", message="choice")

    first, second, third = (body_of(one)["messageId"] for one in desk.sent[1:])
    assert first != second == third
    assert (talk.state, talk.text, talk.options) == ("DATE_PENDING", "Which day?", ["Monday"])
    assert (desk.recorder.operations()[-1].subject, desk.recorded["messageId"]) == ("c-1", third)


def test_usage_is_waited_for_and_told_when_it_does_not_come() -> None:
    desk = Desk(answer(200, messages=1), answer(200, messages=2))

    assert desk.tenant().used(messages=2)["messages"] == 2
    assert desk.last.url.path == "/usage/2026-11"
    with pytest.raises(StatusTimeout, match="usage of t-1"):
        desk.tenant().used(messages=3, within_s=0.05)


def test_ids_of_answers_are_kept_when_they_look_like_card_numbers() -> None:
    desk = Desk(answer(201, bookingId="tnt_a-3567418290123455d4b3", status="CONFIRMED"))

    booked_now = desk.tenant().book(desk.provider(), CUT, SLOT)

    assert desk.recorder.operations()[-1].result["bookingId"] == booked_now.booking_id
