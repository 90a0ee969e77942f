"""Customers, and their payment methods."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.faces.stripe.announcements import Announcements, changed
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import Form, with_metadata
from mock_gateway.faces.stripe.lists import epoch_s, list_document, page_of, rows
from mock_gateway.faces.stripe.payment_methods import MethodAsked, PaymentMethods, method_document
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Document, Teller, Told
from mock_gateway.money.customers import Customer, Customers
from mock_gateway.problems import Refused

_TEXTS = ("name", "phone", "description")
_OBJECTS = ("address", "shipping")
_EMPTY: dict[str, Any] = {
    "balance": 0, "currency": None, "default_source": None, "delinquent": False, "discount": None, "livemode": False,
    "preferred_locales": [], "tax_exempt": "none", "test_clock": None,
}  # fmt: skip


@dataclass(frozen=True)
class StripeCustomers:
    """`/v1/customers`."""

    teller: Teller
    methods: PaymentMethods
    announcements: Announcements

    @property
    def kept(self) -> Customers:
        """Return where customers are kept."""
        return self.methods.customers

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/customers")(self.create_customer)
        face.get("/customers")(self.list_customers)
        face.get("/customers/<customer_id>")(self.show_customer)
        face.post("/customers/<customer_id>")(self.update_customer)
        face.delete("/customers/<customer_id>")(self.delete_customer)
        face.get("/customers/<customer_id>/payment_methods")(self.list_customer_methods)
        face.get("/customers/<customer_id>/payment_methods/<method_id>")(self.show_customer_method)

    def create_customer(self) -> Response:
        """`POST /v1/customers`."""
        form = self.teller.posted("prepare")
        details, email, metadata = _read_details(form), form.text("email") or "", form.metadata()
        method_id = form.text("payment_method")
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            made = self.kept.create(connection, call.merchant, email=email, **{**details, "metadata": metadata})
            if method_id:
                saved = self.methods.resolved(connection, call.merchant, MethodAsked(method_id))
                attached = self.kept.belong(connection, saved, made.id)
                self.announcements.tell(connection, call, "payment_method.attached", method_document(attached))
            document = customer_document(made)
            self.announcements.tell(connection, call, "customer.created", document)
            return Told(document)

        return self.teller.submit(call, form, act)

    def update_customer(self, customer_id: str) -> Response:
        """`POST /v1/customers/{id}`: blank fields are unset."""
        form = self.teller.posted("prepare")
        details, email, metadata = _read_details(form), form.text("email"), form.metadata_changes()
        call = self.teller.call("prepare", customer=customer_id)

        def act(connection: sqlite3.Connection) -> Told:
            before = self.alive(connection, call.merchant, customer_id)
            kept = with_metadata({"metadata": {}, **before.details, **details}, metadata)
            self._check_default(connection, before, kept)
            after = self.kept.update(connection, before, email=before.email if email is None else email, **kept)
            document = customer_document(after)
            previous = changed(customer_document(before), document)
            self.announcements.tell(connection, call, "customer.updated", document, previous=previous)
            return Told(document)

        return self.teller.submit(call, form, act)

    def delete_customer(self, customer_id: str) -> Response:
        """`DELETE /v1/customers/{id}`: its cards are detached, its payments stay."""
        self.teller.desk.exchanges.arrived("prepare")
        call = self.teller.call("prepare", customer=customer_id)

        def act(connection: sqlite3.Connection) -> Told:
            before = self.alive(connection, call.merchant, customer_id)
            self.kept.delete(connection, before)
            self.announcements.tell(connection, call, "customer.deleted", customer_document(before))
            return Told({"id": customer_id, "object": "customer", "deleted": True})

        return self.teller.submit(call, Form({}), act)

    def show_customer(self, customer_id: str) -> Response:
        """`GET /v1/customers/{id}`: also one that was deleted, which is told by `deleted` alone."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return self.shown(connection, whose, customer_id, until)

        return self.teller.look_up(form, read, customer=customer_id)

    def list_customers(self) -> Response:
        """`GET /v1/customers`: by `email` and `created`."""
        form = self.teller.asked()
        page, email, whose = page_of(form), form.text("email"), merchant()
        url = request.path

        def read(connection: sqlite3.Connection, until: str) -> Document:
            equal = {"merchant": whose, "is_deleted": 0, **({"email": email} if email else {})}
            found, has_more = rows(connection, "customers", page, equal, until=until)
            data = [customer_document(self.kept.find(connection, whose, row["id"])) for row in found]
            return list_document(url, data, has_more)

        return self.teller.look_up(form, read)

    def list_customer_methods(self, customer_id: str) -> Response:
        """`GET /v1/customers/{id}/payment_methods`."""
        form = self.teller.asked()
        return self.methods_of(form, customer_id)

    def methods_of(self, form: Form, customer_id: str) -> Response:
        """Answer with a page of a customer's payment methods."""
        page, whose, url = page_of(form), merchant(), request.path
        form.choice("type", ("card",))

        def read(connection: sqlite3.Connection, until: str) -> Document:
            self.alive(connection, whose, customer_id)
            equal = {"merchant": whose, "customer": customer_id}
            found, has_more = rows(connection, "saved_cards", page, equal, until=until)
            data = [method_document(self.methods.find(connection, whose, row["id"])) for row in found]
            return list_document(url, data, has_more)

        return self.teller.look_up(form, read, customer=customer_id)

    def show_customer_method(self, customer_id: str, method_id: str) -> Response:
        """`GET /v1/customers/{id}/payment_methods/{id}`."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, _until: str) -> Document:
            saved = self.methods.find(connection, whose, method_id, param="payment_method")
            if saved.customer != customer_id:
                raise no_such("payment_method of this customer", "payment_method")
            return method_document(saved)

        return self.teller.look_up(form, read, customer=customer_id)

    def shown(self, connection: sqlite3.Connection, whose: str, customer_id: str, until: str = "~") -> Document:
        """Return a customer, or that it was deleted; raises Refused (404)."""
        found = self._found(connection, whose, customer_id)
        if found.created_at > until:
            raise no_such("customer", "id")
        if found.is_deleted:
            return {"id": customer_id, "object": "customer", "deleted": True}
        return customer_document(found)

    def alive(self, connection: sqlite3.Connection, whose: str, customer_id: str) -> Customer:
        """Return a customer that was not deleted; raises Refused (404)."""
        found = self._found(connection, whose, customer_id)
        if found.is_deleted:
            raise no_such("customer", "customer")
        return found

    def _found(self, connection: sqlite3.Connection, whose: str, customer_id: str) -> Customer:
        try:
            return self.kept.find(connection, whose, customer_id)
        except Refused:
            raise no_such("customer", "id") from None

    def _check_default(self, connection: sqlite3.Connection, customer: Customer, kept: Mapping[str, Any]) -> None:
        default = kept.get("default_payment_method")
        if default and self.methods.find(connection, customer.merchant, default, status=400).customer != customer.id:
            raise no_such("payment_method of this customer", "invoice_settings[default_payment_method]", status=400)


def customer_document(customer: Customer) -> dict[str, Any]:
    """Return a customer."""
    details = customer.details
    return {
        "id": customer.id,
        "object": "customer",
        **_EMPTY,
        "created": epoch_s(customer.created_at),
        "email": customer.email or None,
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": details.get("default_payment_method"),
            "footer": None,
            "rendering_options": None,
        },
        "metadata": details.get("metadata", {}),
        **{name: details.get(name) for name in (*_TEXTS, *_OBJECTS)},
    }


def _read_details(form: Form) -> dict[str, Any]:
    details: dict[str, Any] = {name: form.text(name) or None for name in _TEXTS if name in form}
    details |= {name: form.document(name) for name in _OBJECTS if name in form}
    if "invoice_settings" in form:
        settings = form.child("invoice_settings")
        details["default_payment_method"] = settings.text("default_payment_method") or None
    return details
