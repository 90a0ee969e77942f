"""Charges and authorizations of the plain face: what asks a card for money."""

import sqlite3
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT, Desk
from mock_gateway.faces.plain.documents import FACE, document_of
from mock_gateway.money.acquirer import ChargeState
from mock_gateway.money.amounts import checked_amount, checked_currency
from mock_gateway.money.cards import Card, Decline, card_of
from mock_gateway.money.customers import SAVED_CARD_PREFIX, SavedCard
from mock_gateway.money.ledger import DECLINED, SUCCEEDED, Entry
from mock_gateway.processing import Executed

_FIELDS = ("amount_minor", "currency", "card", "merchant", "customer", "reference", "metadata")


@dataclass(frozen=True)
class Payment:
    """What a request asks of a card; `saved` is the card's record when it is named by its id."""

    call: Call
    card: Card
    metadata: dict[str, str]
    saved: SavedCard | None = None


@dataclass(frozen=True)
class Charges:
    """`POST /charges` and `POST /authorizations`."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/charges")(self.create_charge)
        face.post("/authorizations")(self.create_authorization)

    def create_charge(self) -> Response:
        """`POST /charges`: 201, or 402 when the card is declined."""
        return self._ask("charge")

    def create_authorization(self) -> Response:
        """`POST /authorizations`: holds money for seven days; 201, or 402 when the card is declined."""
        return self._ask("authorize")

    def _ask(self, operation: str) -> Response:
        self.desk.exchanges.arrived(operation)
        body = fields.json_object(_FIELDS, required=("amount_minor", "currency", "card"))
        merchant = fields.text(body, "merchant", MERCHANT_DEFAULT)
        saved = self._saved(merchant, body["card"])
        card = card_of(saved.token if saved else body["card"])
        call = self.desk.call(
            operation,
            FACE,
            key=fields.idempotency_key(),
            amount_minor=checked_amount(body["amount_minor"]),
            currency=checked_currency(body["currency"]),
            merchant=merchant,
            customer=fields.text(body, "customer", saved.customer if saved else ""),
            reference=fields.text(body, "reference"),
            card_last4=card.last4,
        )
        payment = Payment(call, card, fields.metadata(body), saved)
        parameters = {**body, "card": saved.id if saved else card.token, "merchant": merchant}
        return self.desk.submit(call, parameters, lambda connection: self._carry_out(connection, payment))

    def _saved(self, merchant: str, card: Any) -> SavedCard | None:
        if not isinstance(card, str) or not card.startswith(SAVED_CARD_PREFIX):
            return None
        with self.desk.database.read() as connection:
            return self.desk.customers.find_card(connection, merchant, card)

    def _carry_out(self, connection: sqlite3.Connection, payment: Payment) -> Executed:
        call, card, acquirer = payment.call, payment.card, self.desk.acquirer
        if payment.saved:
            owner = self.desk.customers.owner_of(connection, payment.saved, call.customer)
            call = replace(call, customer=owner)
        entry = acquirer.charge(connection, call, card, payment.metadata, hold=call.operation == "authorize")
        if card.decline:
            return Executed(DECLINED, _declined(entry, card.decline))
        state = ChargeState(entry, entry.amount_minor if entry.kind == "charge" else 0)
        if state.captured_minor and acquirer.dispute_at_once(connection, entry):
            state = acquirer.state(connection, entry)
        return Executed(SUCCEEDED, Answer.of(201, document_of(state, entry.created_at)))


def _declined(entry: Entry, decline: Decline) -> Answer:
    error = {
        "type": "card_error",
        "code": decline.code,
        "decline_code": decline.decline_code,
        "message": decline.message,
        "charge": entry.id,
    }
    return Answer.of(402, {"error": error})
