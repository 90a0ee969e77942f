"""Events of payload format 2.0 as requests, tables of routes, and the one shape of errors."""

import base64
import json
from typing import Annotated, Any, Literal

import pytest
from booking.adapters.forms import Document, Form, NoForm, read_body, read_query
from booking.adapters.http_events import STATUS_BY_CODE, TYPE_BY_STATUS, HttpAnswer, HttpRequest, error_answer
from booking.adapters.paging import PageQuery
from booking.adapters.routing import Access, Call, Route, answer_event, answered, table
from booking.domain import errors
from booking.domain.errors import (
    BookingsInTheWay,
    NotFound,
    Problem,
    RequestInvalid,
    StoreUnavailable,
    TooManyRequests,
)
from groundwork.deadline import Deadline
from groundwork.failures import Failed, Transient
from msgspec import Meta, field

from tests.systems.booking.world import event_of


class Greeting(Form):
    name: str
    times: int = 1


Color = Annotated[str, Meta(pattern="^#", description="a color")]


class Stroke(Form):
    color: Color


class Painting(Form):
    name: str
    color: Color | None = None
    inner: list[Stroke] = field(default_factory=list)
    kind: Literal["a", "b"] = "a"
    number: Annotated[str, Meta(pattern="^[0-9]+$")] = "1"


class Greeted(Document):
    said: str
    remark: str | None = None


def greet(call: Call[str]) -> HttpAnswer:
    form = call.body(Greeting)
    return answered(201, Greeted(said=f"{call.deps} {form.name}"), {"location": "/greetings/1"})


def crash(_call: Call[str]) -> HttpAnswer:
    raise ZeroDivisionError("secret detail")


ROUTES = table(
    Route("POST /greetings", greet, "Greet", Access.PUBLIC, {201: Greeted}, body=Greeting),
    Route("GET /greetings", crash, "Crash", Access.PUBLIC, {200: None}),
)


def answer(event: dict[str, Any]) -> dict[str, Any]:
    return answer_event(event, ROUTES, "hello", Deadline.after(1), admit=lambda _: None)


def test_answer_is_json_when_a_route_answers() -> None:
    told = answer(event_of("POST /greetings", body={"name": "Ana"}))

    assert told["statusCode"] == 201
    assert json.loads(told["body"]) == {"said": "hello Ana"}
    assert told["headers"]["content-type"] == "application/json"
    assert told["headers"]["location"] == "/greetings/1"
    assert told["headers"]["x-correlation-id"] == "req-1"


def test_body_is_read_when_it_came_as_base64() -> None:
    event = event_of("POST /greetings", body=base64.b64encode(b'{"name": "Ana"}').decode()) | {"isBase64Encoded": True}

    assert answer(event)["statusCode"] == 201


def test_nothing_is_told_of_an_error_when_it_is_unexpected() -> None:
    told = answer(event_of("GET /greetings"))

    assert told["statusCode"] == 500
    assert "secret detail" not in told["body"]
    assert json.loads(told["body"])["error"]["code"] == "internal_error"


def test_route_is_not_found_when_the_table_has_none() -> None:
    assert answer(event_of("GET /elsewhere"))["statusCode"] == 404


def test_body_is_a_mistake_of_ours_when_the_route_declares_another() -> None:
    route = Route("GET /x", crash, "", Access.PUBLIC, {})
    call = Call(HttpRequest.parse(event_of("GET /x")), "", Deadline.after(1), None, route)  # type: ignore[arg-type]

    with pytest.raises(LookupError, match="declares the body NoForm"):
        call.body(Greeting)
    with pytest.raises(LookupError, match="declares the query NoForm"):
        call.query(PageQuery)


def test_table_is_refused_when_two_routes_have_one_key() -> None:
    route = Route("GET /x", crash, "", Access.PUBLIC, {})

    with pytest.raises(ValueError, match="same key"):
        table(route, route)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", {"name": "required"}),
        (b"{", {"body": "malformed_json"}),
        (b"[]", {"body": "malformed_json"}),
        (b"null", {"body": "malformed_json"}),
        (b'{"name": "a", "name": "b"}', {"body": "malformed_json"}),
        (b'{"name": "\\ud800"}', {"body": "malformed_json"}),
        (b'{"name": NaN}', {"body": "malformed_json"}),
        (b"\xff", {"body": "malformed_json"}),
        (b"[" * 12_000, {"body": "malformed_json"}),
        (
            b'{"name": 1, "times": "x", "more": {}}',
            {"name": "wrong_type", "times": "wrong_type", "more": "unknown_field"},
        ),
        (b'{"name": "' + b"x" * 17_000 + b'"}', {"body": "too_large"}),
    ],
)
def test_all_problems_are_told_when_a_body_is_no_good(body: bytes, fields: dict[str, str]) -> None:
    with pytest.raises(RequestInvalid) as caught:
        read_body(body, Greeting)

    assert {problem.field: problem.code for problem in caught.value.problems} == fields


def test_words_say_how_a_field_has_to_be_written_when_it_is_malformed() -> None:
    with pytest.raises(RequestInvalid) as caught:
        read_body(b'{"name": "x", "color": "red", "inner": [{"color": "blue"}], "kind": "c", "number": "a1"}', Painting)

    assert {problem.field: problem.message for problem in caught.value.problems} == {
        "color": "must be a color",
        "inner[0].color": "must be a color",
        "kind": "must be one of a, b",
        "number": "expected `str` matching regex '^[0-9]+$'",
    }


def test_numbers_are_read_from_text_when_they_stand_in_a_query() -> None:
    assert read_query({"limit": "7"}, PageQuery).limit == 7


def test_form_is_empty_when_a_route_takes_none() -> None:
    assert read_query({}, NoForm) == NoForm()


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (NotFound("service", "srv_1"), 404, {"message": "there is no service srv_1"}),
        (BookingsInTheWay("in the way", {"bookings": ["b"]}), 409, {"bookings": ["b"]}),
        (StoreUnavailable("busy"), 503, {"code": "try_again"}),
        (Transient("busy", code="charge_unknown"), 503, {"code": "try_again"}),
        (RequestInvalid(Problem("a", "b", "c")), 400, {"fields": [{"field": "a", "code": "b", "message": "c"}]}),
        (Failed("odd", code="odd"), 500, {"code": "internal_error"}),
        (errors.Refused("odd"), 500, {}),
    ],
)
def test_error_has_the_one_shape_when_a_route_raises(error: Exception, status: int, told: dict[str, Any]) -> None:
    made = error_answer(error, "corr")

    document = made.document["error"]  # type: ignore[index]
    assert made.status == status
    assert document["correlationId"] == "corr"
    assert document["type"] == TYPE_BY_STATUS[status]
    assert {name: document[name] for name in told} == told


def test_time_to_wait_is_told_when_trying_later_may_help() -> None:
    assert error_answer(TooManyRequests("slow down", 12.6), "c").headers == {"retry-after": "13"}
    assert error_answer(StoreUnavailable("busy"), "c").headers == {"retry-after": "2"}


def test_every_refusal_has_a_status_when_it_is_ours() -> None:
    left, codes = [errors.Refused], set[str]()
    while left:
        one = left.pop()
        left.extend(one.__subclasses__())
        codes.add(one.default_code)

    assert codes <= STATUS_BY_CODE.keys()
    assert set(STATUS_BY_CODE.values()) <= TYPE_BY_STATUS.keys()
