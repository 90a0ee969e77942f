"""Refunds of the plain face."""

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
from mock_gateway.processing import Executed

_FIELDS = ("charge", "amount_minor", "merchant", "reference")


@dataclass(frozen=True)
class Refunds:
    """`POST /refunds`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/refunds")(self.create_refund)

    def create_refund(self) -> Response:
        """`POST /refunds`: 201; never more than what is left of the charge."""
        self.desk.exchanges.arrived("refund")
        body = fields.json_object(_FIELDS, required=("charge",))
        amount_minor = None if body.get("amount_minor") is None else checked_amount(body["amount_minor"])
        charge_id, merchant = fields.text(body, "charge"), fields.text(body, "merchant")
        with self.desk.database.read() as connection:
            charge = self.desk.acquirer.find_charge(connection, charge_id, merchant)
        call = self.desk.call(
            "refund",
            FACE,
            key=fields.idempotency_key(),
            amount_minor=amount_minor,
            currency=charge.currency,
            merchant=charge.merchant,
            customer=charge.customer,
            reference=fields.text(body, "reference", charge.reference),
            card_last4=charge.card_last4,
        )
        return self.desk.submit(call, body, lambda connection: self._refund(connection, call, charge))

    def _refund(self, connection: sqlite3.Connection, call: Call, charge: Entry) -> Executed:
        entry = self.desk.acquirer.refund(connection, call, charge, call.amount_minor)
        return Executed(SUCCEEDED, Answer.of(201, movement_document(entry)))
