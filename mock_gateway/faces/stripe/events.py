"""Events: what changed, told in Stripe's words, recorded with its deliveries in the transaction of the change.

The shape is Stripe's event object (source: its public API reference, documented). What differs: events are kept until
the gateway is reset (Stripe keeps 30 days), and `account` is there for every merchant but the default one.
"""

import json
import re
import secrets
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.clock import Clock, to_text
from mock_gateway.faces.desk import MERCHANT_DEFAULT
from mock_gateway.faces.stripe.face import API_VERSION, merchant
from mock_gateway.faces.stripe.forms import Form
from mock_gateway.faces.stripe.lists import list_document, page_of, rows
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Teller
from mock_gateway.problems import invalid
from mock_gateway.webhooks.events import Event, event_of, find_event
from mock_gateway.webhooks.outbox import Outbox

TYPES_MAX = 20
_PATTERN = re.compile(r"[a-z0-9_.]{0,100}(\*[a-z0-9_.]{0,100}){0,2}")
Condition = tuple[str, Sequence[Any]]
_NOT_TAKEN = (
    "EXISTS (SELECT 1 FROM webhook_deliveries WHERE event = webhook_events.id AND status IN ('pending', 'given_up'))"
)


@dataclass(frozen=True)
class Events:
    """Records events; nothing is told of what is rolled back."""

    clock: Clock
    outbox: Outbox

    def record(
        self,
        connection: sqlite3.Connection,
        *,
        merchant: str,
        type: str,  # noqa: A002 - Stripe's word
        object: Mapping[str, Any],  # noqa: A002 - Stripe's word
        request_id: str = "",
        idempotency_key: str = "",
        previous: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Store an event about `object` with its deliveries and return it; `previous` holds what an update changed."""
        now_at = self.clock.now()
        subscribers = self.outbox.endpoints.subscribed(connection, merchant, type)
        document = {
            "id": f"evt_{secrets.token_hex(12)}",
            "object": "event",
            "api_version": API_VERSION,
            "created": int(now_at.timestamp()),
            "data": {"object": dict(object), **({"previous_attributes": dict(previous)} if previous else {})},
            "livemode": False,
            "pending_webhooks": len(subscribers),
            "request": {"id": request_id or None, "idempotency_key": idempotency_key or None},
            "type": type,
            **({} if merchant == MERCHANT_DEFAULT else {"account": merchant}),
        }
        event = Event(
            id=str(document["id"]),
            merchant=merchant,
            type=type,
            body=json.dumps(document, separators=(",", ":")),
            idempotency_key=idempotency_key,
            created_at=to_text(now_at),
            **_about(object),
        )
        self.outbox.announce(connection, event, subscribers)
        return document


@dataclass(frozen=True)
class EventRoutes:
    """`GET /v1/events`."""

    teller: Teller
    outbox: Outbox

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/events")(self.list_events)
        face.get("/events/<event_id>")(self.show_event)

    def show_event(self, event_id: str) -> Response:
        """`GET /v1/events/{id}`: the event, with how many endpoints have not taken it yet."""

        def read(connection: sqlite3.Connection, until: str) -> dict[str, Any]:
            event = find_event(connection, event_id)
            if event is None or event.merchant != owner or event.created_at > until:
                raise no_such("event", "id")
            return self._documents(connection, [event])[0]

        form, owner = self.teller.asked(), merchant()
        return self.teller.look_up(form, read)

    def list_events(self) -> Response:
        """`GET /v1/events?type=&types[]=&created=&delivery_success=`: newest first, page by page."""

        def read(connection: sqlite3.Connection, until: str) -> dict[str, Any]:
            found, has_more = rows(
                connection, "webhook_events", page, {"merchant": owner}, more=conditions, until=until
            )
            documents = self._documents(connection, [event_of(row) for row in found])
            return list_document("/v1/events", documents, has_more)

        form, owner = self.teller.asked(), merchant()
        page, conditions = page_of(form), [*_types(form), *_success(form)]
        return self.teller.look_up(form, read)

    def _documents(self, connection: sqlite3.Connection, events: Collection[Event]) -> list[dict[str, Any]]:
        pending = self.outbox.pending_by_event(connection, [event.id for event in events])
        return [{**json.loads(event.body), "pending_webhooks": pending.get(event.id, 0)} for event in events]


def _about(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fault rules match an event by, taken from the object that it is about."""
    metadata = document.get("metadata")
    metadata = metadata if isinstance(metadata, Mapping) else {}
    amount_minor = document.get("amount")
    return {
        "reference": document.get("transfer_group") or metadata.get("reference") or "",
        "customer": metadata.get("customer") or document.get("customer") or "",
        "amount_minor": amount_minor if isinstance(amount_minor, int) else None,
        "currency": (document.get("currency") or "").upper(),
    }


def _types(form: Form) -> list[Condition]:
    one, several = form.text("type"), form.texts("types")
    if one and several is not None:
        raise invalid("type and types exclude each other", code="parameters_exclusive", param="types")
    if several is not None and not 1 <= len(several) <= TYPES_MAX:
        raise invalid(f"types must hold 1 to {TYPES_MAX} names", param="types")
    if several is not None:
        return [("type IN (SELECT value FROM json_each(?))", [json.dumps(several)])]
    if one is not None and not _PATTERN.fullmatch(one):
        raise invalid("type must be the name of an event, * standing for any part of it", param="type")
    return [("type GLOB ?", [one])] if one else []


def _success(form: Form) -> list[Condition]:
    is_wanted = form.boolean("delivery_success")
    return [] if is_wanted is None else [(f"NOT {_NOT_TAKEN}" if is_wanted else _NOT_TAKEN, [])]
