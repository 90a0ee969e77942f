"""What the plain face lets one read: charges, refunds, idempotency keys, the ledger."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.clock import to_text
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT, Desk
from mock_gateway.faces.exchange import sent
from mock_gateway.faces.plain.documents import FACE, WHOSE, document_of, movement_document
from mock_gateway.money.ledger import CHARGES, DECLINED, FILTERS, Entry
from mock_gateway.problems import missing

PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1_000
Read = Callable[[sqlite3.Connection, str], Answer]


@dataclass(frozen=True)
class LookUps:
    """The routes that change nothing."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/charges/<entry_id>")(self.show_charge)
        face.get("/authorizations/<entry_id>")(self.show_authorization)
        face.get("/refunds/<entry_id>")(self.show_refund)
        face.get("/idempotency-keys/<path:key>")(self.show_key)
        face.get("/ledger")(self.show_ledger)

    def show_charge(self, entry_id: str) -> Response:
        """`GET /charges/{id}`: the charge, or the authorization (its `object` tells), with what became of it."""
        return self._entry(entry_id, "charge", kinds=CHARGES)

    def show_authorization(self, entry_id: str) -> Response:
        """`GET /authorizations/{id}`: the authorization with what became of it."""
        return self._entry(entry_id, "authorization", kinds=("authorization",))

    def show_refund(self, entry_id: str) -> Response:
        """`GET /refunds/{id}`: the refund."""
        return self._entry(entry_id, "refund", kinds=("refund",))

    def _entry(self, entry_id: str, what: str, *, kinds: tuple[str, ...]) -> Response:
        def read(connection: sqlite3.Connection, until: str) -> Answer:
            found = self.desk.ledger.find(connection, entry_id, until=until)
            if found is None or found.kind not in kinds:
                raise missing(f"the {what}")
            return Answer.of(200, self._document(connection, found, until))

        self.desk.exchanges.arrived("lookup")
        fields.query(())
        with self.desk.database.read() as connection:
            entry = self.desk.ledger.find(connection, entry_id)
        return self._look_up(entry, read, merchant=MERCHANT_DEFAULT)

    def show_key(self, key: str) -> Response:
        """`GET /idempotency-keys/{key}?merchant=`: what became of the request with this key; 404 when nothing did."""

        def read(connection: sqlite3.Connection, until: str) -> Answer:
            return self._key_answer(connection, merchant, key, until)

        self.desk.exchanges.arrived("lookup")
        merchant = fields.query(("merchant",)).get("merchant", MERCHANT_DEFAULT)
        with self.desk.database.read() as connection:
            entry = self.desk.ledger.last_of_key(connection, merchant, key)
        return self._look_up(entry, read, merchant=merchant, key=key)

    def _key_answer(self, connection: sqlite3.Connection, merchant: str, key: str, until: str) -> Answer:
        # In flight is asked first: a request that ends in between is then found as completed, never as nothing.
        in_flight = self.desk.keys.is_in_flight(merchant, key)
        entry = self.desk.ledger.last_of_key(connection, merchant, key, until=until)
        stored = self.desk.keys.stored(connection, merchant, key, until=until)
        if entry is None and stored is None:
            if in_flight:
                return Answer.of(200, {"key": key, "state": "in_flight"})
            raise missing("an effect under the key")
        document: dict[str, Any] = {
            "key": key,
            "state": "completed",
            # The ledger knows better than a stored error that came after the commit.
            "outcome": entry.status if entry else stored and stored.outcome,
            "status_code": stored.status if stored else (402 if entry and entry.status == DECLINED else 201),
        }
        if entry:
            document[entry.kind] = self._document(connection, entry, until)
        return Answer.of(200, document)

    def _document(self, connection: sqlite3.Connection, entry: Entry, until: str) -> dict[str, Any]:
        if entry.kind not in CHARGES:
            return movement_document(entry)
        seen_at = min(until, to_text(self.desk.clock.now()))
        return document_of(self.desk.acquirer.state(connection, entry, until=until), seen_at)

    def _look_up(self, entry: Entry | None, read: Read, *, merchant: str, key: str = "") -> Response:
        known: dict[str, Any] = {"merchant": merchant}
        if entry:
            known = {name: getattr(entry, name) for name in ("amount_minor", "currency", *WHOSE, "card_last4")}
        call = self.desk.call("lookup", FACE, key=key or (entry.idempotency_key if entry else ""), **known)
        return self.desk.look_up(call, read)

    def show_ledger(self) -> Response:
        """`GET /ledger`: what happened, in order, page by page. No fault touches it."""
        asked = fields.query((*FILTERS, "limit", "after"))
        limit = fields.whole_number(asked, "limit", PAGE_SIZE_DEFAULT, at_least=1, at_most=PAGE_SIZE_MAX)
        after = fields.whole_number(asked, "after", 0, at_least=0, at_most=2**62)
        with self.desk.database.read() as connection:
            entries, go_on_after = self.desk.ledger.page(connection, asked, after=after, limit=limit)
        return sent(Answer.of(200, {"entries": [entry.line() for entry in entries], "next": go_on_after}))
