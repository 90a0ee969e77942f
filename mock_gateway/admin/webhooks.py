"""Shows what was told to whom, sends it again, and waits until nothing is left to send."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.clock import Clock, to_text
from mock_gateway.database import Database
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import Exchanges, sent
from mock_gateway.problems import Refused, invalid, missing
from mock_gateway.processing import Steps
from mock_gateway.webhooks.deliverer import Deliverer
from mock_gateway.webhooks.events import find_event
from mock_gateway.webhooks.outbox import FILTERS, STATUSES, Outbox, delivery_document

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1_000
WAIT_S_MAX = 60
_LOOK_EVERY_S = 0.01


@dataclass(frozen=True)
class WebhooksAdmin:
    """The routes about deliveries."""

    database: Database
    outbox: Outbox
    deliverer: Deliverer
    exchanges: Exchanges
    clock: Clock

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/webhooks/deliveries")(self.show_deliveries)
        face.get("/webhooks/deliveries/<delivery_id>")(self.show_delivery)
        face.post("/webhooks/deliveries/<delivery_id>/redeliver")(self.redeliver)
        face.post("/webhooks/events/<event_id>/redeliver")(self.redeliver_event)
        face.get("/webhooks/pending")(self.show_pending)
        face.post("/webhooks/wait")(self.wait_for_webhooks)

    def show_deliveries(self) -> Response:
        """`GET /_admin/webhooks/deliveries`: deliveries with their attempts, oldest first, page by page."""
        asked = fields.query((*FILTERS, "limit", "after"))
        limit = fields.whole_number(asked, "limit", PAGE_SIZE_DEFAULT, at_least=1, at_most=PAGE_SIZE_MAX)
        after = fields.whole_number(asked, "after", 0, at_least=0, at_most=2**62)
        if asked.get("status", STATUSES[0]) not in STATUSES:
            raise invalid(f"status must be one of {', '.join(STATUSES)}", param="status")
        with self.database.read() as connection:
            found, go_on_after = self.outbox.page(connection, asked, after=after, limit=limit)
            told = [delivery_document(one, self.outbox.attempts(connection, one.id)) for one in found]
        return sent(Answer.of(200, {"deliveries": told, "next": go_on_after}))

    def show_delivery(self, delivery_id: str) -> Response:
        """`GET /_admin/webhooks/deliveries/{id}`: one delivery with its attempts."""
        with self.database.read() as connection:
            return sent(Answer.of(200, self._document(connection, delivery_id)))

    def redeliver(self, delivery_id: str) -> Response:
        """`POST /_admin/webhooks/deliveries/{id}/redeliver`: sends it now, whatever became of it."""
        with self.database.write() as connection:
            delivery = self.outbox.find(connection, delivery_id)
            if delivery is None:
                raise missing("the delivery")
            self.outbox.deliver(connection, delivery.event, delivery.endpoint, due_at=self._now())
            return sent(Answer.of(200, self._document(connection, delivery_id)))

    def redeliver_event(self, event_id: str) -> Response:
        """`POST /_admin/webhooks/events/{id}/redeliver`: sends it now to everybody who is subscribed now."""
        with self.database.write() as connection:
            event = find_event(connection, event_id)
            if event is None:
                raise missing("the event")
            subscribers = self.outbox.endpoints.subscribed(connection, event.merchant, event.type)
            for endpoint in subscribers:
                self.outbox.deliver(connection, event.id, endpoint.id, due_at=self._now())
        return sent(Answer.of(200, {"redelivered": len(subscribers)}))

    def show_pending(self) -> Response:
        """`GET /_admin/webhooks/pending`: what is still to be sent, and when the next retry is due."""
        return sent(Answer.of(200, self._pending()))

    def wait_for_webhooks(self) -> Response:
        """`POST /_admin/webhooks/wait`: 200 once nothing is due or being sent, 409 when that takes longer."""
        within_s = fields.json_object(("within_s",), required=("within_s",))["within_s"]
        if isinstance(within_s, bool) or not isinstance(within_s, int | float) or not 0 <= within_s <= WAIT_S_MAX:
            raise invalid(f"within_s must be a number between 0 and {WAIT_S_MAX}", param="within_s")
        self.exchanges.arrived("lookup")
        return self.exchanges.run(self._waiting(within_s))

    def _waiting(self, within_s: float) -> Steps:
        ends_at_s = self.clock.monotonic_s() + within_s
        while True:
            pending = self._pending()
            if not pending["due"] and not pending["in_hand"]:
                return Answer.of(200, pending)
            if self.clock.monotonic_s() >= ends_at_s:
                counts = f"{pending['due']} deliveries are due and {pending['in_hand']} sendings are in hand"
                raise Refused(409, "api_error", "webhooks_pending", f"after {within_s:g} s {counts}, expected none")
            yield _LOOK_EVERY_S

    def _pending(self) -> dict[str, Any]:
        due, in_hand = self.deliverer.unfinished()
        with self.database.read() as connection:
            next_due_at = self.outbox.next_due_at(connection, self._now())
        return {"due": due, "in_hand": in_hand, "next_due_at": next_due_at}

    def _document(self, connection: sqlite3.Connection, delivery_id: str) -> dict[str, Any]:
        delivery = self.outbox.find(connection, delivery_id)
        if delivery is None:
            raise missing("the delivery")
        return delivery_document(delivery, self.outbox.attempts(connection, delivery_id))

    def _now(self) -> str:
        return to_text(self.clock.now())
