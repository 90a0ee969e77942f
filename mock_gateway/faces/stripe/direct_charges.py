"""Charges without a payment intent, as older integrations make them: of a token, at once or as a hold."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.declines import card_error
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import Form, missing_parameter, unknown_parameter
from mock_gateway.faces.stripe.intent_steps import IntentSteps
from mock_gateway.faces.stripe.intent_terms import check_minimum, known, read_terms, required
from mock_gateway.faces.stripe.payment_methods import MethodAsked
from mock_gateway.faces.stripe.refusals import dressed
from mock_gateway.faces.stripe.teller import Teller, Told
from mock_gateway.idempotency import DECLINED
from mock_gateway.money.cards import Card, card_of
from mock_gateway.problems import Refused, invalid

_INHERITED = (
    "customer", "description", "receipt_email", "shipping", "statement_descriptor", "statement_descriptor_suffix",
    "transfer_group",
)  # fmt: skip


@dataclass(frozen=True)
class DirectCharges:
    """`POST /v1/charges` and `POST /v1/charges/{id}/capture`."""

    teller: Teller
    steps: IntentSteps

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/charges")(self.create_direct_charge)
        face.post("/charges/<charge_id>/capture")(self.capture_direct_charge)

    def create_direct_charge(self) -> Response:
        """`POST /v1/charges`: of a `source`, a test token; 402 when the card is declined."""
        form = self.teller.posted("charge")
        required(form)
        is_hold, card = form.boolean("capture") is False, _source(form)
        terms = {**dict.fromkeys(_INHERITED), **read_terms(form), "metadata": form.metadata()}
        for name in terms:
            if name not in (*_INHERITED, "amount", "currency", "metadata"):
                raise unknown_parameter(name)
        check_minimum(terms)
        call = self.teller.call("authorize" if is_hold else "charge", card_last4=card.last4, **known(terms))
        return self.teller.submit(
            call, form, lambda connection: self._charge(connection, call, card, terms, is_hold=is_hold)
        )

    def _charge(
        self, connection: sqlite3.Connection, call: Call, card: Card, terms: Mapping[str, Any], *, is_hold: bool
    ) -> Told:
        self.steps.check_customer(connection, call.merchant, terms)
        acquirer, metadata = self.steps.charges.acquirer, terms["metadata"]
        saved = self.steps.methods.resolved(connection, call.merchant, MethodAsked(card=card))
        entry = acquirer.charge(connection, call, card, metadata, hold=is_hold)
        charge = self.steps.charges.make(connection, entry, card, saved, terms)

        def again(connection: sqlite3.Connection) -> None:
            another = acquirer.charge(connection, call, card, metadata, hold=is_hold)
            self.steps.charges.make(connection, another, card, saved, terms)

        if card.decline:
            self.steps.announcements.tell(connection, call, "charge.failed", charge)
            return Told({"error": card_error(card.decline, entry.id)}, DECLINED, 402, again)
        self.steps.announcements.tell(connection, call, "charge.succeeded", charge)
        if not is_hold:
            acquirer.dispute_at_once(connection, entry)
        return Told(charge, again=again)

    def capture_direct_charge(self, charge_id: str) -> Response:
        """`POST /v1/charges/{id}/capture`: `amount`, all of it without; not for charges that an intent made."""
        form = self.teller.posted("capture")
        amount_minor = form.integer("amount")
        if amount_minor is not None and amount_minor <= 0:
            raise invalid("amount must be positive", code="amount_too_small", param="amount")
        with self.teller.desk.database.read() as connection:
            self.steps.charges.show(connection, merchant(), charge_id, param="charge")
            charge = self.steps.charges.acquirer.find_charge(connection, charge_id, merchant())
        names = ("currency", "customer", "reference", "card_last4")
        known_of = {name: getattr(charge, name) for name in names}
        call = self.teller.call("capture", amount_minor=amount_minor or charge.amount_minor, **known_of)

        def act(connection: sqlite3.Connection) -> Told:
            shown = self.steps.charges.show(connection, call.merchant, charge_id)
            if shown["payment_intent"]:
                raise invalid(
                    "this charge was made by a PaymentIntent: capture that",
                    code="payment_intent_unexpected_state",
                    param="charge",
                )
            try:
                self.steps.charges.acquirer.capture(connection, call, charge, amount_minor)
            except Refused as refusal:
                raise dressed(refusal) from None
            captured = self.steps.charges.show(connection, call.merchant, charge_id)
            self.steps.announcements.tell(connection, call, "charge.captured", captured)
            self.steps.charges.acquirer.dispute_at_once(connection, charge)
            return Told(captured)

        return self.teller.submit(call, form, act)


def _source(form: Form) -> Card:
    token = form.text("source")
    if not token:
        raise missing_parameter("source")
    try:
        return card_of(token, "source")
    except Refused as refusal:
        raise dressed(refusal) from None
