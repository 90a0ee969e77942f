"""Charges of the plain face."""

import sqlite3
from dataclasses import dataclass

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT, Desk
from mock_gateway.faces.plain.documents import FACE, charge_document
from mock_gateway.money.acquirer import ChargeState
from mock_gateway.money.amounts import checked_amount, checked_currency
from mock_gateway.money.cards import Card, card_of
from mock_gateway.money.ledger import DECLINED, SUCCEEDED, Entry
from mock_gateway.processing import Executed

_FIELDS = ("amount_minor", "currency", "card", "merchant", "customer", "reference", "metadata")


@dataclass(frozen=True)
class Charges:
    """`POST /charges`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/charges")(self.create_charge)

    def create_charge(self) -> Response:
        """`POST /charges`: 201, or 402 when the card is declined."""
        self.desk.exchanges.arrived("charge")
        body = fields.json_object(_FIELDS, required=("amount_minor", "currency", "card"))
        card = card_of(body["card"])
        call = self.desk.call(
            "charge",
            FACE,
            key=fields.idempotency_key(),
            amount_minor=checked_amount(body["amount_minor"]),
            currency=checked_currency(body["currency"]),
            merchant=fields.text(body, "merchant", MERCHANT_DEFAULT),
            customer=fields.text(body, "customer"),
            reference=fields.text(body, "reference"),
            card_last4=card.last4,
        )
        metadata = fields.metadata(body)
        parameters = {**body, "card": card.token, "merchant": call.merchant}
        return self.desk.submit(call, parameters, lambda connection: self._charge(connection, call, card, metadata))

    def _charge(self, connection: sqlite3.Connection, call: Call, card: Card, metadata: dict[str, str]) -> Executed:
        return charged(self.desk.acquirer.charge(connection, call, card, metadata), card)


def charged(entry: Entry, card: Card) -> Executed:
    """Return what a new charge or authorization is answered with."""
    if card.decline is None:
        state = ChargeState(entry, entry.amount_minor if entry.kind == "charge" else 0)
        return Executed(SUCCEEDED, Answer.of(201, charge_document(state)))
    error = {
        "type": "card_error",
        "code": card.decline.code,
        "decline_code": card.decline.decline_code,
        "message": card.decline.message,
        "charge": entry.id,
    }
    return Executed(DECLINED, Answer.of(402, {"error": error}))
