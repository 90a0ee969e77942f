"""What is done with a hold of the plain face: it is captured, in whole or in part, or it is released."""

import sqlite3
from dataclasses import dataclass

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import Desk
from mock_gateway.faces.plain.documents import FACE, movement_document
from mock_gateway.money.amounts import checked_amount
from mock_gateway.money.ledger import SUCCEEDED, Entry
from mock_gateway.problems import missing
from mock_gateway.processing import Executed

_CAPTURE_FIELDS = ("amount_minor", "merchant", "reference")
_VOID_FIELDS = ("merchant", "reference")


@dataclass(frozen=True)
class Authorizations:
    """`POST /authorizations/{id}/capture` and `/void`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/authorizations/<authorization_id>/capture")(self.capture)
        face.post("/authorizations/<authorization_id>/void")(self.void)

    def capture(self, authorization_id: str) -> Response:
        """`POST /authorizations/{id}/capture`: 201; once, never more than is held, the rest is released."""
        self.desk.exchanges.arrived("capture")
        body = fields.json_object(_CAPTURE_FIELDS, may_be_empty=True)
        amount_minor = None if body.get("amount_minor") is None else checked_amount(body["amount_minor"])
        charge = self._authorization(authorization_id, fields.text(body, "merchant"))
        call = self._call("capture", charge, fields.text(body, "reference", charge.reference), amount_minor)

        def execute(connection: sqlite3.Connection) -> Executed:
            entry = self.desk.acquirer.capture(connection, call, charge, call.amount_minor)
            self.desk.acquirer.dispute_at_once(connection, charge)
            return Executed(SUCCEEDED, Answer.of(201, movement_document(entry)))

        return self.desk.submit(call, body, execute)

    def void(self, authorization_id: str) -> Response:
        """`POST /authorizations/{id}/void`: 201; nothing of the hold can be captured any more."""
        self.desk.exchanges.arrived("void")
        body = fields.json_object(_VOID_FIELDS, may_be_empty=True)
        charge = self._authorization(authorization_id, fields.text(body, "merchant"))
        call = self._call("void", charge, fields.text(body, "reference", charge.reference), charge.amount_minor)

        def execute(connection: sqlite3.Connection) -> Executed:
            entry = self.desk.acquirer.void(connection, call, charge)
            return Executed(SUCCEEDED, Answer.of(201, movement_document(entry)))

        return self.desk.submit(call, body, execute)

    def _authorization(self, authorization_id: str, merchant: str) -> Entry:
        with self.desk.database.read() as connection:
            entry = self.desk.ledger.find(connection, authorization_id)
        if entry is None or entry.kind != "authorization" or (merchant and merchant != entry.merchant):
            raise missing("the authorization")
        return entry

    def _call(self, operation: str, charge: Entry, reference: str, amount_minor: int | None) -> Call:
        return self.desk.call(
            operation,
            FACE,
            key=fields.idempotency_key(),
            amount_minor=amount_minor,
            currency=charge.currency,
            merchant=charge.merchant,
            customer=charge.customer,
            reference=reference,
            card_last4=charge.card_last4,
        )
