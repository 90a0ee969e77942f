"""Refunds: their routes. A refund succeeds at once and can't be taken back."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.announcements import Announcements, changed
from mock_gateway.faces.stripe.charge_records import ChargeRecords
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import Form, missing_parameter, with_metadata
from mock_gateway.faces.stripe.lists import epoch_s, list_document, page_of
from mock_gateway.faces.stripe.refusals import dressed, no_such
from mock_gateway.faces.stripe.teller import Document, Teller, Told
from mock_gateway.faces.stripe.transactions import transaction_id
from mock_gateway.money.ledger import SUCCEEDED, Entry
from mock_gateway.problems import Refused, invalid

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


@dataclass(frozen=True)
class StripeRefunds:
    """`/v1/refunds`."""

    teller: Teller
    records: ChargeRecords
    announcements: Announcements

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/refunds")(self.create_stripe_refund)
        face.get("/refunds")(self.list_stripe_refunds)
        face.get("/refunds/<refund_id>")(self.show_stripe_refund)
        face.post("/refunds/<refund_id>")(self.update_stripe_refund)
        face.post("/refunds/<refund_id>/cancel")(self.cancel_stripe_refund)

    def create_stripe_refund(self) -> Response:
        """`POST /v1/refunds`: of a `charge` or a `payment_intent`, all that is left of it without an `amount`."""
        form = self.teller.posted("refund")
        amount_minor, reason, metadata = _amount(form), form.choice("reason", REASONS), form.metadata()
        whose = merchant()
        charge = self._charge(form, whose)
        call = self.teller.call(
            "refund",
            amount_minor=amount_minor,
            currency=charge.currency,
            customer=metadata.get("customer", charge.customer),
            reference=metadata.get("reference", charge.reference),
            card_last4=charge.card_last4,
        )
        said = {"reason": reason, "metadata": metadata}
        return self.teller.submit(call, form, lambda connection: self._refund(connection, call, charge, said))

    def _refund(self, connection: sqlite3.Connection, call: Call, charge: Entry, said: Mapping[str, Any]) -> Told:
        try:
            entry = self.records.acquirer.refund(connection, call, charge, call.amount_minor)
        except Refused as refusal:
            raise dressed(refusal) from None
        shown = self.records.show(connection, call.merchant, charge.id)
        document = {**_document(entry, shown["payment_intent"]), **said}
        self.records.objects.put(connection, call.merchant, document)
        self.announcements.tell(connection, call, "refund.created", document)
        self.announcements.tell(connection, call, "charge.refunded", shown)
        return Told(document)

    def update_stripe_refund(self, refund_id: str) -> Response:
        """`POST /v1/refunds/{id}`: `metadata`."""
        form = self.teller.posted("prepare")
        metadata, call = form.metadata_changes(), self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            before = self.records.objects.get(connection, call.merchant, "refund", refund_id)
            after = with_metadata(before, metadata)
            self.records.objects.put(connection, call.merchant, after)
            previous = changed(before, after)
            self.announcements.tell(connection, call, "refund.updated", after, previous=previous)
            return Told(after)

        return self.teller.submit(call, form, act)

    def cancel_stripe_refund(self, refund_id: str) -> Response:
        """`POST /v1/refunds/{id}/cancel`: refused, because no refund here waits for anything."""
        form = self.teller.posted("prepare")
        call = self.teller.call("prepare")

        def act(connection: sqlite3.Connection) -> Told:
            refund = self.records.objects.get(connection, call.merchant, "refund", refund_id)
            raise invalid(f"a refund with status {refund['status']} can't be canceled", param="refund")

        return self.teller.submit(call, form, act)

    def show_stripe_refund(self, refund_id: str) -> Response:
        """`GET /v1/refunds/{id}`."""
        form, whose = self.teller.asked(), merchant()

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return self.records.objects.get(connection, whose, "refund", refund_id, until=until)

        return self.teller.look_up(form, read)

    def list_stripe_refunds(self) -> Response:
        """`GET /v1/refunds`: by `charge`, `payment_intent` and `created`."""
        form, whose, url = self.teller.asked(), merchant(), request.path
        page = page_of(form)
        equal = {name: value for name in ("charge", "payment_intent") if (value := form.text(name))}

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return list_document(url, *self.records.objects.page(connection, whose, "refund", page, equal, until))

        return self.teller.look_up(form, read)

    def _charge(self, form: Form, whose: str) -> Entry:
        charge_id, intent_id = form.text("charge"), form.text("payment_intent")
        if charge_id and intent_id:
            raise invalid("charge and payment_intent exclude each other", code="parameters_exclusive", param="charge")
        if not charge_id and not intent_id:
            raise missing_parameter("payment_intent")
        with self.teller.desk.database.read() as connection:
            if intent_id:
                charge_id = self._charge_of(connection, whose, intent_id)
            self.records.show(connection, whose, charge_id or "", param="charge")
            return self.records.acquirer.find_charge(connection, charge_id or "", whose)

    def _charge_of(self, connection: sqlite3.Connection, whose: str, intent_id: str) -> str:
        intent = self.records.objects.find(connection, whose, "payment_intent", intent_id)
        if intent is None:
            raise no_such("payment_intent", "payment_intent")
        if not intent["latest_charge"] or intent["status"] != SUCCEEDED:
            raise invalid(
                "this PaymentIntent does not have a successful charge to refund",
                code="payment_intent_unexpected_state",
                param="payment_intent",
            )
        return str(intent["latest_charge"])


def _amount(form: Form) -> int | None:
    amount_minor = form.integer("amount")
    if amount_minor is not None and amount_minor <= 0:
        raise invalid("amount must be positive", code="parameter_invalid_integer", param="amount")
    return amount_minor


def _document(entry: Entry, intent_id: str | None) -> dict[str, Any]:
    return {
        "id": entry.id,
        "object": "refund",
        "amount": entry.amount_minor,
        "balance_transaction": transaction_id(entry),
        "charge": entry.charge,
        "created": epoch_s(entry.created_at),
        "currency": entry.currency.lower(),
        "destination_details": {"card": {"reference_status": "pending", "type": "refund"}, "type": "card"},
        "payment_intent": intent_id,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
