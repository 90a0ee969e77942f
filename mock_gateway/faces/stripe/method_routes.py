"""Payment methods: their routes."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.announcements import changed
from mock_gateway.faces.stripe.customers import StripeCustomers
from mock_gateway.faces.stripe.declines import card_error
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import with_metadata
from mock_gateway.faces.stripe.payment_methods import TEST_METHODS, MethodAsked, method_document, new_method
from mock_gateway.faces.stripe.teller import Document, Teller, Told
from mock_gateway.idempotency import DECLINED
from mock_gateway.money.cards import card_of
from mock_gateway.money.customers import SavedCard
from mock_gateway.problems import invalid

# The one that can be saved and is declined when it is charged.
_DECLINED_LATER = "tok_chargeCustomerFail"


@dataclass(frozen=True)
class MethodRoutes:
    """`/v1/payment_methods`."""

    teller: Teller
    customers: StripeCustomers

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/payment_methods")(self.create_method)
        face.get("/payment_methods")(self.list_methods)
        face.get("/payment_methods/<method_id>")(self.show_method)
        face.post("/payment_methods/<method_id>")(self.update_method)
        face.post("/payment_methods/<method_id>/attach")(self.attach_method)
        face.post("/payment_methods/<method_id>/detach")(self.detach_method)

    def create_method(self) -> Response:
        """`POST /v1/payment_methods`: of a test token, or of a public test number, of which the last four are kept."""
        form = self.teller.posted("prepare")
        asked = new_method(form)
        call = self.teller.call("prepare", card_last4=asked.card.last4 if asked.card else "")

        def act(connection: sqlite3.Connection) -> Told:
            return Told(method_document(self.customers.methods.resolved(connection, call.merchant, asked)))

        return self.teller.submit(call, form, act)

    def update_method(self, method_id: str) -> Response:
        """`POST /v1/payment_methods/{id}`: `billing_details`, `metadata`, the card's expiry."""
        form = self.teller.posted("prepare")
        metadata = form.metadata_changes()
        details: dict[str, Any] = {}
        if "billing_details" in form:
            details["billing_details"] = form.document("billing_details") or {}
        expiry = form.child("card")
        details |= {name: expiry.integer(name) for name in ("exp_month", "exp_year") if name in expiry}
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            before = self.customers.methods.find(connection, call.merchant, method_id)
            kept = with_metadata({"metadata": {}, **before.details, **details}, metadata)
            after = method_document(self.customers.methods.change(connection, before, **kept))
            previous = changed(method_document(before), after)
            self._tell(connection, call, "payment_method.updated", after, previous)
            return Told(after)

        return self.teller.submit(call, form, act)

    def attach_method(self, method_id: str) -> Response:
        """`POST /v1/payment_methods/{id}/attach`: 402 when the issuer does not want the card saved."""
        form = self.teller.posted("prepare")
        customer_id = form.required_text("customer")
        call = self.teller.call("prepare", customer=customer_id)

        def act(connection: sqlite3.Connection) -> Told:
            self.customers.alive(connection, call.merchant, customer_id)
            saved = self._resolved(connection, call.merchant, method_id)
            card = card_of(saved.token)
            if card.decline and not card.needs_authentication and card.token != _DECLINED_LATER:
                return Told({"error": card_error(card.decline)}, DECLINED, 402)
            if saved.customer and saved.customer != customer_id:
                raise invalid("the payment method is attached to another customer already", param="customer")
            attached = method_document(self.customers.kept.belong(connection, saved, customer_id))
            self._tell(connection, call, "payment_method.attached", attached)
            return Told(attached)

        return self.teller.submit(call, form, act)

    def detach_method(self, method_id: str) -> Response:
        """`POST /v1/payment_methods/{id}/detach`."""
        form = self.teller.posted("prepare")
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            saved = self.customers.methods.find(connection, call.merchant, method_id)
            if not saved.customer:
                raise invalid("the payment method is not attached to a customer, so it can't be detached")
            detached = method_document(self.customers.kept.belong(connection, saved, ""))
            self._tell(connection, call, "payment_method.detached", detached, {"customer": saved.customer})
            return Told(detached)

        return self.teller.submit(call, form, act)

    def show_method(self, method_id: str) -> Response:
        """`GET /v1/payment_methods/{id}`."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, _until: str) -> Document:
            return method_document(self.customers.methods.find(connection, whose, method_id, param="payment_method"))

        return self.teller.look_up(form, read)

    def list_methods(self) -> Response:
        """`GET /v1/payment_methods?customer=`."""
        form = self.teller.asked()
        return self.customers.methods_of(form, form.required_text("customer"))

    def _resolved(self, connection: sqlite3.Connection, whose: str, method_id: str) -> SavedCard:
        if method_id in TEST_METHODS:
            return self.customers.methods.resolved(connection, whose, MethodAsked(method_id))
        return self.customers.methods.find(connection, whose, method_id, param="payment_method")

    def _tell(
        self,
        connection: sqlite3.Connection,
        call: Call,
        kind: str,
        document: dict[str, Any],
        previous: dict[str, Any] | None = None,
    ) -> None:
        self.customers.announcements.tell(connection, call, kind, document, previous=previous)
