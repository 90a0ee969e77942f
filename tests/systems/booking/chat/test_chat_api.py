"""The chat's routes on the template's tables: a whole walk, repeats, expiry, limits, lists; and what is kept."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from booking.adapters.conversation_items import conversation_from, conversation_item
from booking.adapters.cursors import Cursors
from booking.adapters.rate_limits import RateLimits
from booking.adapters.tenant_items import usage_key
from booking.handlers.chat_api import ROUTES, Dependencies, handle
from groundwork.deadline import Deadline
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.systems.booking.chat.tables import NAMES, Cloud, cloud
from tests.systems.booking.chat.worlds import TENANT, WALK, chat_at

ANSWERS = ["corte de pelo", "jose", "lunes", "11:00", "Ana Pérez, ana@example.com", "sí"]


@pytest.fixture
def business() -> Iterator[Cloud]:
    with cloud() as made:
        yield made


def call(
    business: Cloud, route: str, body: Any = None, *, tenant: str = TENANT, scopes: str = "manage", **more: Any
) -> tuple[int, dict[str, Any]]:
    """Ask the handler as API Gateway does; returns the status and the document."""
    context = {"tenantId": tenant, "apiKeyId": "key-1", "scopes": scopes, "plan": "FREE"}
    event = {
        "routeKey": route,
        "requestContext": {"requestId": "req-1", "authorizer": {"lambda": context}},
        "pathParameters": more.get("path", {}),
        "queryStringParameters": more.get("query", {}),
        "headers": {},
        "body": json.dumps(body) if body is not None else None,
    }
    rates = RateLimits(business.rows, NAMES, business.clock)
    deps = Dependencies(business.desk(), business.conversations, Cursors(lambda: b"secret"), rates)
    answer = handle(event, deps, Deadline.after(5))
    return answer["statusCode"], json.loads(answer["body"])


def start(business: Cloud, **body: Any) -> str:
    """Begin a conversation; returns its id."""
    status, document = call(business, "POST /conversations", body, scopes="widget")
    assert status == 201
    return str(document["conversationId"])


def say(business: Cloud, conversation_id: str, message_id: str, text: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"messageId": message_id, "text": text}
    route = "POST /conversations/{conversationId}/messages"
    return call(business, route, body, path={"conversationId": conversation_id}, **more)


def read(business: Cloud, conversation_id: str, **more: Any) -> tuple[int, dict[str, Any]]:
    path = {"conversationId": conversation_id}
    return call(business, "GET /conversations/{conversationId}", path=path, **more)


def test_customer_has_a_booking_when_the_chat_was_walked_through(business):
    conversation_id = start(business, language="es", channel="whatsapp")
    for number, text in enumerate(ANSWERS):
        status, answer = say(business, conversation_id, f"m{number}", text, scopes="widget")
        assert (status, answer["understood"], answer["turn"]) == (200, True, number + 1)
    assert answer["state"] == "BOOKED"
    (booking,) = business.items(NAMES.bookings, "Booking")
    assert (booking["bookingId"], booking["datetime"]) == (answer["bookingId"], "2026-11-23T14:00:00Z")
    assert (booking["source"], booking["customerName"]) == ("chat", "Ana Pérez")
    _, document = read(business, conversation_id)
    assert document["bookingId"] == booking["bookingId"]
    assert (document["channel"], document["datetime"]) == ("whatsapp", "2026-11-23T14:00:00Z")
    assert business.counted()["bookings"] == 1


def test_inactive_things_are_not_offered_when_the_chat_lists_them(business):
    conversation_id = start(business)
    _, document = read(business, conversation_id)
    assert [option["label"].split(" · ")[0] for option in document["options"]] == ["Corte de pelo", "Día de spa"]
    assert [option["label"] for option in say(business, conversation_id, "a", "1")[1]["options"]] == ["José Núñez"]


def test_service_is_refused_in_words_when_it_asks_a_deposit(business):
    status, answer = say(business, start(business), "a", "spa")
    assert (status, answer["state"]) == (200, "SERVICE_PENDING")
    assert "pide un depósito" in answer["text"]


def test_chat_says_so_when_a_service_asks_a_deposit_by_the_time_of_booking(business):
    conversation_id = start(business)
    for number, text in enumerate(ANSWERS[:-1]):
        say(business, conversation_id, f"m{number}", text)
    (service,) = [one for one in business.items(NAMES.services) if one["serviceId"] == "srv-cut"]
    business.put(NAMES.services, {**service, "depositMinor": 500})
    _, answer = say(business, conversation_id, "yes", "sí")
    assert (answer["state"], "pide un depósito" in answer["text"]) == ("SERVICE_PENDING", True)
    assert business.items(NAMES.bookings, "Booking") == []


def test_answer_is_the_same_when_the_message_is_sent_again(business):
    conversation_id = start(business)
    first = say(business, conversation_id, "a", "corte de pelo")
    assert say(business, conversation_id, "a", "corte de pelo") == first
    assert say(business, conversation_id, "a", "otra cosa")[0] == 409
    (kept,) = business.items(NAMES.conversations)
    assert (kept["turn"], kept["version"]) == (1, 2)


def test_conversation_is_gone_without_a_hint_when_its_time_is_over(business):
    conversation_id = start(business)
    say(business, conversation_id, "a", "corte de pelo")
    business.clock.advance(days=2)
    before = business.items(NAMES.conversations)
    for status, document in (read(business, conversation_id), say(business, conversation_id, "b", "jose")):
        assert (status, document["error"]["code"]) == (410, "conversation_expired")
        assert "Corte" not in json.dumps(document)
    assert call(business, "GET /conversations")[1] == {"items": []}
    assert business.items(NAMES.conversations) == before


def test_time_to_live_is_the_tenants_and_begins_anew_when_a_message_comes(business):
    conversation_id = start(business)
    business.clock.advance(hours=5)
    say(business, conversation_id, "a", "1")
    (kept,) = business.items(NAMES.conversations)
    assert kept["ttl"] == int((business.clock.now + timedelta(days=2)).timestamp())


def test_conversation_of_another_tenant_is_as_unknown_as_none_when_it_is_asked_for(business):
    conversation_id = start(business)
    for ask in (read, lambda *args, **more: say(*args, "a", "hola", **more)):
        foreign, unknown = ask(business, conversation_id, tenant="t-2"), ask(business, "conv_none", tenant="t-2")
        assert foreign[0] == unknown[0] == 404
        assert json.dumps(foreign[1]).replace(conversation_id, "…") == json.dumps(unknown[1]).replace("conv_none", "…")


def test_message_is_refused_when_the_months_messages_are_used_up(business):
    conversation_id = start(business)
    used_up = {**usage_key(TENANT, "2026-11"), "tenantId": TENANT, "entity": "Usage", "messages": 500}
    business.put(NAMES.usage, used_up)
    status, document = say(business, conversation_id, "a", "1")
    assert (status, document["error"]["code"]) == (402, "limit_reached")
    business.clock.advance(days=10)  # a new month
    assert read(business, conversation_id)[0] == 410
    assert say(business, start(business), "a", "1")[0] == 200


MALFORMED = [
    {}, {"messageId": "a"}, {"text": "hola"}, {"messageId": "a#b", "text": "hola"}, {"messageId": "", "text": "x"},
    {"messageId": "a", "text": ""}, {"messageId": "a", "text": "x" * 1_001}, {"messageId": "a", "text": "\x00"},
    {"messageId": "a", "text": 1}, {"messageId": "a", "text": "x", "tenantId": "t-2"}, [], "x",
    {"messageId": "a", "text": "\ud800"},
]  # fmt: skip


def test_requests_are_refused_with_their_fields_when_they_are_malformed(business):
    for body in MALFORMED:
        path = {"conversationId": "conv_1"}
        status, document = call(business, "POST /conversations/{conversationId}/messages", body, path=path)
        assert (status, document["error"]["code"]) == (400, "invalid_request"), body
        assert document["error"]["fields"], body
    for body in ({"language": "fr"}, {"channel": "A B"}, {"channel": ""}, {"plan": "PRO"}):
        assert call(business, "POST /conversations", body)[0] == 400, body
    assert business.items(NAMES.conversations) == []


def test_latest_conversation_comes_first_when_they_are_listed_page_by_page(business):
    begun = []
    for _ in range(5):
        begun.append(start(business))
        business.clock.advance(minutes=1)
    say(business, begun[1], "a", "hola")
    listed, query = [], {"limit": "2"}
    while True:
        status, page = call(business, "GET /conversations", query=query)
        assert status == 200
        listed += [one["conversationId"] for one in page["items"]]
        if "nextCursor" not in page:
            break
        query = {"limit": "2", "cursor": page["nextCursor"]}
    assert listed == [begun[1], begun[4], begun[3], begun[2], begun[0]]


def test_cursor_is_refused_when_it_is_another_tenants_or_forged(business):
    for _ in range(3):
        start(business)
    cursor = call(business, "GET /conversations", query={"limit": "1"})[1]["nextCursor"]
    assert call(business, "GET /conversations", query={"cursor": cursor}, tenant="t-2")[0] == 400
    assert call(business, "GET /conversations", query={"cursor": cursor[:-2] + "AA"})[0] == 400
    assert call(business, "GET /conversations", scopes="widget")[0] == 403


@pytest.mark.parametrize("state", WALK)
def test_conversation_is_itself_when_it_is_read_back_from_its_item(state):
    kept = chat_at(state).stands_at()
    item = {name: value for name, value in conversation_item(kept).items() if value is not None}
    again = conversation_from(item)
    # The names that options may be called by are asked for anew, and not kept.
    assert conversation_item(again) == conversation_item(kept)
    assert (again.draft, again.version, again.state) == (kept.draft, kept.version, kept.state)


def test_conversation_goes_on_when_it_was_imported_with_the_bare_attributes(business):
    at = "2026-11-21T11:00:00.000000Z"
    bare = {
        "PK": f"TENANT#{TENANT}", "SK": "CONV#conv_old", "GSI1PK": f"TENANT#{TENANT}#CONV", "GSI1SK": at,
        "tenantId": TENANT, "entity": "Conversation", "conversationId": "conv_old", "state": "SERVICE_PENDING",
        "context": {"language": "en", "channel": "web"}, "turn": 3, "createdAt": at, "lastMessageAt": at,
        "ttl": int(business.clock.now.timestamp()) + 3_600, "version": 4,
    }  # fmt: skip
    business.put(NAMES.conversations, bare)
    assert read(business, "conv_old")[1]["text"] == ""
    answer = say(business, "conv_old", "a", "corte de pelo")[1]
    assert (answer["turn"], answer["state"]) == (4, "PROVIDER_PENDING")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=200), max_size=6))
def test_item_stays_small_when_long_texts_were_written(texts):
    chat = chat_at("SERVICE_PENDING")
    for text in [*texts, *["x" * 1_000] * 6]:
        chat.says(text)
    assert len(json.dumps(conversation_item(chat.stands_at()))) < 16_000


def test_every_route_is_in_the_table_when_the_template_names_it():
    assert set(ROUTES) == {
        "POST /conversations", "GET /conversations", "GET /conversations/{conversationId}",
        "POST /conversations/{conversationId}/messages",
    }  # fmt: skip


def test_chat_is_told_to_wait_when_the_plans_minute_is_used_up(business):
    minute = f"RATE#{business.clock.now:%Y-%m-%dT%H:%M}"
    business.put(NAMES.usage, {"PK": f"TENANT#{TENANT}", "SK": minute, "requests": 120})

    status, refusal = call(business, "POST /conversations", {}, scopes="widget")

    assert (status, refusal["error"]["code"]) == (429, "too_many_requests")
