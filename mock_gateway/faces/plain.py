"""The plain face: small JSON, amounts in minor units, one error shape. What the payments system talks to."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway import __version__
from mock_gateway.amounts import checked_amount, checked_currency
from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.cards import Card, card_of
from mock_gateway.clock import Clock
from mock_gateway.database import Database
from mock_gateway.faces import fields
from mock_gateway.faces.exchange import Exchanges, request_id
from mock_gateway.faults.document import HEADER, rule_of_header
from mock_gateway.faults.rule import Rule
from mock_gateway.idempotency import IdempotencyKeys, fingerprint
from mock_gateway.ledger import (
    DECLINED,
    FILTERS,
    SUCCEEDED,
    Entry,
    Ledger,
    Movement,
    charge_document,
    refund_document,
)
from mock_gateway.problems import invalid, missing
from mock_gateway.processing import Executed, Job, Processor, Reading

MERCHANT_DEFAULT = "default"
PAGE_SIZE_DEFAULT = 100
PAGE_SIZE_MAX = 1_000
_CHARGE_FIELDS = ("amount_minor", "currency", "card", "merchant", "customer", "reference", "metadata")
_REFUND_FIELDS = ("charge", "amount_minor", "merchant", "reference")
_WHOSE = ("merchant", "customer", "reference")
_HEADERS_MATCHED_MAX = 64


@dataclass(frozen=True)
class PlainFace:
    """The routes; what they need is given, so that every face of a gateway shares one ledger."""

    database: Database
    ledger: Ledger
    keys: IdempotencyKeys
    processor: Processor
    exchanges: Exchanges
    clock: Clock
    seed: int

    def blueprint(self) -> Blueprint:
        """Return the routes for a Flask application."""
        face = Blueprint("plain", __name__)
        face.get("/health")(health)
        face.post("/charges")(self.create_charge)
        face.post("/refunds")(self.create_refund)
        face.get("/charges/<entry_id>")(self.show_charge)
        face.get("/refunds/<entry_id>")(self.show_refund)
        face.get("/idempotency-keys/<path:key>")(self.show_key)
        face.get("/ledger")(self.show_ledger)
        return face

    def create_charge(self) -> Response:
        """`POST /charges`: 201, or 402 when the card is declined."""
        self.exchanges.arrived("charge")
        body = fields.json_object(_CHARGE_FIELDS, required=("amount_minor", "currency", "card"))
        card = card_of(body["card"])
        call = Call(
            operation="charge",
            amount_minor=checked_amount(body["amount_minor"]),
            currency=checked_currency(body["currency"]),
            merchant=fields.text(body, "merchant", MERCHANT_DEFAULT),
            customer=fields.text(body, "customer"),
            reference=fields.text(body, "reference"),
            card_last4=card.last4,
            **self._common(fields.idempotency_key()),
        )
        metadata = fields.metadata(body)
        print_of = fingerprint("charge", {**body, "card": card.token, "merchant": call.merchant})
        job = Job(call, print_of, lambda connection: self._charge(connection, call, card, metadata))
        self.exchanges.understood(call)
        return self.exchanges.run(self.processor.carry_out(job, self._own_fault()))

    def _charge(self, connection: sqlite3.Connection, call: Call, card: Card, metadata: dict[str, str]) -> Executed:
        decline = card.decline
        movement = Movement(
            **_told(call, "charge"),
            status=DECLINED if decline else SUCCEEDED,
            failure_code=decline.code if decline else "",
            decline_code=decline.decline_code if decline else "",
            metadata=json.dumps(metadata, sort_keys=True),
        )
        entry = self.ledger.record(connection, movement)
        if decline:
            error = {
                "type": "card_error",
                "code": decline.code,
                "decline_code": decline.decline_code,
                "message": decline.message,
                "charge": entry.id,
            }
            return Executed(DECLINED, Answer.of(402, {"error": error}))
        return Executed(SUCCEEDED, Answer.of(201, charge_document(entry, 0)))

    def create_refund(self) -> Response:
        """`POST /refunds`: 201; never more than what is left of the charge."""
        self.exchanges.arrived("refund")
        body = fields.json_object(_REFUND_FIELDS, required=("charge",))
        amount_minor = None if body.get("amount_minor") is None else checked_amount(body["amount_minor"])
        charge = self._charge_to_refund(body)
        call = Call(
            operation="refund",
            amount_minor=amount_minor,
            currency=charge.currency,
            merchant=charge.merchant,
            customer=charge.customer,
            reference=fields.text(body, "reference", charge.reference),
            card_last4=charge.card_last4,
            **self._common(fields.idempotency_key()),
        )
        job = Job(call, fingerprint("refund", body), lambda connection: self._refund(connection, call, charge))
        self.exchanges.understood(call)
        return self.exchanges.run(self.processor.carry_out(job, self._own_fault()))

    def _charge_to_refund(self, body: dict[str, Any]) -> Entry:
        with self.database.read() as connection:
            charge = self.ledger.find(connection, fields.text(body, "charge"))
        merchant = fields.text(body, "merchant")
        if charge is None or charge.kind != "charge" or (merchant and merchant != charge.merchant):
            raise missing("the charge")
        return charge

    def _refund(self, connection: sqlite3.Connection, call: Call, charge: Entry) -> Executed:
        if charge.status != SUCCEEDED:
            raise invalid("the charge was declined: there is nothing to refund", code="charge_not_refundable")
        left_minor = charge.amount_minor - self.ledger.refunded_minor(connection, charge.id)
        if not left_minor:
            raise invalid("the charge is refunded already", code="charge_already_refunded", param="charge")
        amount_minor = call.amount_minor or left_minor
        if amount_minor > left_minor:
            raise invalid(
                f"the refund of {amount_minor} is above the {left_minor} that are left of the charge",
                code="amount_too_large",
                param="amount_minor",
            )
        told = {**_told(call, "refund"), "amount_minor": amount_minor}
        entry = self.ledger.record(connection, Movement(**told, status=SUCCEEDED, charge=charge.id))
        return Executed(SUCCEEDED, Answer.of(201, refund_document(entry)))

    def show_charge(self, entry_id: str) -> Response:
        """`GET /charges/{id}`: the charge with what was refunded of it."""
        return self._show(entry_id, "charge")

    def show_refund(self, entry_id: str) -> Response:
        """`GET /refunds/{id}`: the refund."""
        return self._show(entry_id, "refund")

    def _show(self, entry_id: str, kind: str) -> Response:
        def read(connection: sqlite3.Connection, until: str) -> Answer:
            found = self.ledger.find(connection, entry_id, until=until)
            if found is None or found.kind != kind:
                raise missing(f"the {kind}")
            return Answer.of(200, self._document(connection, found, until))

        self.exchanges.arrived("lookup")
        fields.query(())
        with self.database.read() as connection:
            entry = self.ledger.find(connection, entry_id)
        return self._look_up(entry, read, merchant=MERCHANT_DEFAULT)

    def show_key(self, key: str) -> Response:
        """`GET /idempotency-keys/{key}?merchant=`: what became of the request with this key; 404 when nothing did."""

        def read(connection: sqlite3.Connection, until: str) -> Answer:
            return self._key_answer(connection, merchant, key, until)

        self.exchanges.arrived("lookup")
        merchant = fields.query(("merchant",)).get("merchant", MERCHANT_DEFAULT)
        with self.database.read() as connection:
            entry = self.ledger.last_of_key(connection, merchant, key)
        return self._look_up(entry, read, merchant=merchant, key=key)

    def _key_answer(self, connection: sqlite3.Connection, merchant: str, key: str, until: str) -> Answer:
        # In flight is asked first: a request that ends in between is then found as completed, never as nothing.
        in_flight = self.keys.is_in_flight(merchant, key)
        entry = self.ledger.last_of_key(connection, merchant, key, until=until)
        stored = self.keys.stored(connection, merchant, key, until=until)
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
        if entry.kind == "refund":
            return refund_document(entry)
        return charge_document(entry, self.ledger.refunded_minor(connection, entry.id, until=until))

    def _look_up(
        self, entry: Entry | None, read: Callable[[sqlite3.Connection, str], Answer], *, merchant: str, key: str = ""
    ) -> Response:
        known: dict[str, Any] = {"merchant": merchant}
        if entry:
            known = {name: getattr(entry, name) for name in ("amount_minor", "currency", *_WHOSE, "card_last4")}
        common = self._common(key or (entry.idempotency_key if entry else ""))
        call = Call(operation="lookup", **known, **common)
        self.exchanges.understood(call)
        return self.exchanges.run(self.processor.look_up(Reading(call, read), self._own_fault()))

    def show_ledger(self) -> Response:
        """`GET /ledger`: what happened, in order, page by page. No fault touches it."""
        asked = fields.query((*FILTERS, "limit", "after"))
        limit = fields.whole_number(asked, "limit", PAGE_SIZE_DEFAULT, at_least=1, at_most=PAGE_SIZE_MAX)
        after = fields.whole_number(asked, "after", 0, at_least=0, at_most=2**62)
        with self.database.read() as connection:
            entries, go_on_after = self.ledger.page(connection, asked, after=after, limit=limit)
        return _json({"entries": [entry.line() for entry in entries], "next": go_on_after})

    def _common(self, key: str) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in list(request.headers.items())[:_HEADERS_MATCHED_MAX]}
        return {"path": request.path, "request_id": request_id(), "idempotency_key": key, "headers": headers}

    def _own_fault(self) -> Rule | None:
        text = request.headers.get(HEADER)
        return rule_of_header(text, seed=self.seed, clock=self.clock) if text else None


def health() -> Response:
    """`GET /health`: 200 while the gateway runs."""
    return _json({"status": "ok", "version": __version__})


def _told(call: Call, kind: str) -> dict[str, Any]:
    names = ("amount_minor", "currency", *_WHOSE, "idempotency_key", "card_last4")
    return {"kind": kind, **{name: getattr(call, name) for name in names}}


def _json(document: dict[str, Any]) -> Response:
    answer = Answer.of(200, document)
    return Response(answer.body, answer.status, content_type=answer.content_type)
