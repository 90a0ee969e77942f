"""Customers of the plain face and the cards that are saved for them."""

import re
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.answer import Answer
from mock_gateway.calls import Call
from mock_gateway.faces import fields
from mock_gateway.faces.desk import MERCHANT_DEFAULT, Desk
from mock_gateway.faces.plain.documents import FACE
from mock_gateway.money.cards import card_of
from mock_gateway.money.customers import Customer, SavedCard
from mock_gateway.money.ledger import SUCCEEDED
from mock_gateway.problems import Refused, invalid, missing
from mock_gateway.processing import Executed

_FIELDS = ("id", "email", "metadata", "merchant")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,63}")


@dataclass(frozen=True)
class CustomersDesk:
    """The routes below /customers."""

    desk: Desk

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/customers")(self.create_customer)
        face.get("/customers/<customer_id>")(self.show_customer)
        face.delete("/customers/<customer_id>")(self.delete_customer)
        face.post("/customers/<customer_id>/cards")(self.save_card)
        face.get("/customers/<customer_id>/cards")(self.show_cards)
        face.delete("/customers/<customer_id>/cards/<card_id>")(self.delete_card)

    def create_customer(self) -> Response:
        """`POST /customers`: 201, under an id of the caller's choice or a fresh one."""
        self.desk.exchanges.arrived("prepare")
        body = fields.json_object(_FIELDS, may_be_empty=True)
        chosen, email, metadata = fields.text(body, "id"), fields.text(body, "email"), fields.metadata(body)
        if chosen and not _ID.fullmatch(chosen):
            raise invalid(
                "id must be up to 64 letters, digits and _ . : @ -, and begin with a letter or digit", param="id"
            )
        call = self._call("prepare", fields.text(body, "merchant", MERCHANT_DEFAULT), chosen)

        def execute(connection: sqlite3.Connection) -> Executed:
            try:
                customer = self.desk.customers.create(
                    connection, call.merchant, customer_id=chosen, email=email, metadata=metadata
                )
            except sqlite3.IntegrityError as problem:
                raise _exists() from problem
            return Executed(SUCCEEDED, Answer.of(201, customer_document(customer)))

        return self.desk.submit(call, {**body, "merchant": call.merchant}, execute)

    def show_customer(self, customer_id: str) -> Response:
        """`GET /customers/{id}?merchant=`: 200, 404 for one that was deleted."""

        def read(connection: sqlite3.Connection, until: str) -> Answer:
            return Answer.of(200, customer_document(self._customer(connection, call.merchant, customer_id, until)))

        self.desk.exchanges.arrived("lookup")
        call = self._call("lookup", _merchant_asked(), customer_id)
        return self.desk.look_up(call, read)

    def delete_customer(self, customer_id: str) -> Response:
        """`DELETE /customers/{id}?merchant=`: 200; its cards can't be charged any more, its charges stay."""
        self.desk.exchanges.arrived("prepare")

        def act(connection: sqlite3.Connection, customer: Customer) -> Answer:
            self.desk.customers.delete(connection, customer)
            return Answer.of(200, customer_document(customer) | {"deleted": True})

        return self._change(customer_id, _merchant_asked(), {}, act)

    def save_card(self, customer_id: str) -> Response:
        """`POST /customers/{id}/cards`: 201; a card that will be declined is saved like any other."""
        self.desk.exchanges.arrived("prepare")
        body = fields.json_object(("card", "merchant"), required=("card",))
        card = card_of(body["card"])
        merchant = fields.text(body, "merchant", MERCHANT_DEFAULT)

        def act(connection: sqlite3.Connection, customer: Customer) -> Answer:
            saved = self.desk.customers.save_card(connection, merchant, card.token, customer=customer.id)
            return Answer.of(201, card_document(saved))

        parameters = {"card": card.token, "merchant": merchant}
        return self._change(customer_id, merchant, parameters, act, card_last4=card.last4)

    def show_cards(self, customer_id: str) -> Response:
        """`GET /customers/{id}/cards?merchant=`: 200 with the cards that are saved, oldest first."""

        def read(connection: sqlite3.Connection, until: str) -> Answer:
            customer = self._customer(connection, call.merchant, customer_id, until)
            cards = self.desk.customers.cards_of(connection, call.merchant, customer.id)
            return Answer.of(200, {"cards": [card_document(card) for card in cards if card.created_at <= until]})

        self.desk.exchanges.arrived("lookup")
        call = self._call("lookup", _merchant_asked(), customer_id)
        return self.desk.look_up(call, read)

    def delete_card(self, customer_id: str, card_id: str) -> Response:
        """`DELETE /customers/{id}/cards/{card}?merchant=`: 200; it can't be charged any more."""
        self.desk.exchanges.arrived("prepare")

        def act(connection: sqlite3.Connection, customer: Customer) -> Answer:
            card = self.desk.customers.find_card(connection, customer.merchant, card_id)
            if card.customer != customer.id:
                raise missing("the saved card")
            self.desk.customers.belong(connection, card, "")
            return Answer.of(200, card_document(card) | {"deleted": True})

        return self._change(customer_id, _merchant_asked(), {}, act)

    def _change(
        self,
        customer_id: str,
        merchant: str,
        parameters: dict[str, Any],
        act: Callable[[sqlite3.Connection, Customer], Answer],
        **known: Any,
    ) -> Response:
        call = self._call("prepare", merchant, customer_id, **known)

        def execute(connection: sqlite3.Connection) -> Executed:
            return Executed(SUCCEEDED, act(connection, self._customer(connection, call.merchant, customer_id, "~")))

        return self.desk.submit(call, parameters, execute)

    def _call(self, operation: str, merchant: str, customer: str, **known: Any) -> Call:
        key = "" if operation == "lookup" else fields.idempotency_key()
        return self.desk.call(operation, FACE, key=key, merchant=merchant, customer=customer, **known)

    def _customer(self, connection: sqlite3.Connection, merchant: str, customer_id: str, until: str) -> Customer:
        customer = self.desk.customers.find(connection, merchant, customer_id)
        if customer.is_deleted or customer.created_at > until:
            raise missing("the customer")
        return customer


def customer_document(customer: Customer) -> dict[str, Any]:
    """Return a customer."""
    return {
        "id": customer.id,
        "object": "customer",
        "merchant": customer.merchant,
        "email": customer.email,
        "metadata": customer.details.get("metadata", {}),
        "created_at": customer.created_at,
    }


def card_document(card: SavedCard) -> dict[str, Any]:
    """Return a saved card; only its last four digits are known."""
    return {
        "id": card.id,
        "object": "card",
        "merchant": card.merchant,
        "customer": card.customer,
        "card_last4": card_of(card.token).last4,
        "created_at": card.created_at,
    }


def _merchant_asked() -> str:
    return fields.query(("merchant",)).get("merchant", MERCHANT_DEFAULT)


def _exists() -> Refused:
    message = "there is a customer with this id, perhaps a deleted one: ids are not used again"
    return Refused(409, "invalid_request_error", "customer_exists", message, param="id")
