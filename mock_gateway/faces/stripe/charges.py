"""Charges: their routes. They are made by payment intents; what is left here is to read, describe and capture them."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.faces.stripe.announcements import Announcements, changed
from mock_gateway.faces.stripe.charge_records import ChargeRecords
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import with_metadata
from mock_gateway.faces.stripe.lists import list_document, page_of
from mock_gateway.faces.stripe.objects import COLUMNS
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.teller import Document, Teller, Told

_FILTERS = tuple(name for name in COLUMNS if name != "charge")


@dataclass(frozen=True)
class StripeCharges:
    """`/v1/charges`."""

    teller: Teller
    records: ChargeRecords
    announcements: Announcements

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.get("/charges")(self.list_stripe_charges)
        face.get("/charges/<charge_id>")(self.show_stripe_charge)
        face.post("/charges/<charge_id>")(self.update_stripe_charge)

    def show_stripe_charge(self, charge_id: str) -> Response:
        """`GET /v1/charges/{id}`."""
        form, whose = self.teller.asked(), merchant()
        with self.teller.desk.database.read() as connection:
            entry = self.teller.desk.ledger.find(connection, charge_id)
        known: dict[str, Any] = {}
        if entry and entry.merchant == whose:
            names = ("amount_minor", "currency", "customer", "reference", "card_last4")
            known = {name: getattr(entry, name) for name in names}

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return self.records.show(connection, whose, charge_id, until)

        return self.teller.look_up(form, read, **known)

    def list_stripe_charges(self) -> Response:
        """`GET /v1/charges`: by `customer`, `payment_intent`, `transfer_group` and `created`."""
        form, whose, url = self.teller.asked(), merchant(), request.path
        page = page_of(form)
        equal = {name: value for name in _FILTERS if (value := form.text(name))}

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return list_document(url, *self.records.page(connection, whose, page, equal, until))

        known = {"customer": equal.get("customer", ""), "reference": equal.get("transfer_group", "")}
        return self.teller.look_up(form, read, **known)

    def update_stripe_charge(self, charge_id: str) -> Response:
        """`POST /v1/charges/{id}`: `description`, `metadata`, `receipt_email`, `transfer_group`."""
        form = self.teller.posted("prepare")
        names = ("description", "receipt_email", "transfer_group")
        terms = {name: form.text(name) or None for name in names if name in form}
        metadata = form.metadata_changes()
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            stored = self.records.objects.find(connection, call.merchant, "charge", charge_id)
            if stored is None:
                raise no_such("charge", "charge")
            after = self.records.update(
                connection, call.merchant, charge_id, with_metadata({**stored, **terms}, metadata)
            )
            previous = changed({**after, **stored}, after)
            self.announcements.tell(connection, call, "charge.updated", after, previous=previous)
            return Told(after)

        return self.teller.submit(call, form, act)
