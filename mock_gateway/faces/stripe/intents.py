"""Payment intents: their routes."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.face import merchant
from mock_gateway.faces.stripe.forms import with_metadata
from mock_gateway.faces.stripe.intent_steps import CANCELLATION_REASONS, UNPAID, Intent, IntentSteps
from mock_gateway.faces.stripe.intent_terms import (
    Confirmation,
    check_minimum,
    confirmation,
    known,
    new_intent,
    read_terms,
    required,
)
from mock_gateway.faces.stripe.lists import list_document, page_of
from mock_gateway.faces.stripe.payment_methods import MethodAsked, method_asked
from mock_gateway.faces.stripe.refusals import no_such, unexpected_state
from mock_gateway.faces.stripe.teller import Document, Teller, Told
from mock_gateway.money.customers import SavedCard
from mock_gateway.problems import invalid

KIND = "payment_intent"
# What is agreed on can't be changed any more once it is paid; what is only said can.
_ALWAYS_CHANGEABLE = ("description", "receipt_email", "transfer_group", "shipping", "statement_descriptor",
                      "statement_descriptor_suffix")  # fmt: skip


@dataclass(frozen=True)
class Intents:
    """`/v1/payment_intents`."""

    teller: Teller
    steps: IntentSteps

    def add_to(self, face: Blueprint) -> None:
        """Add the routes."""
        face.post("/payment_intents")(self.create_intent)
        face.get("/payment_intents")(self.list_intents)
        face.get("/payment_intents/<intent_id>")(self.show_intent)
        face.post("/payment_intents/<intent_id>")(self.update_intent)
        face.post("/payment_intents/<intent_id>/confirm")(self.confirm_intent)
        face.post("/payment_intents/<intent_id>/capture")(self.capture_intent)
        face.post("/payment_intents/<intent_id>/cancel")(self.cancel_intent)
        face.post("/test_helpers/payment_intents/<intent_id>/authenticate")(self.authenticate_intent)

    def create_intent(self) -> Response:
        """`POST /v1/payment_intents`: with `confirm` also paid; 402 when the card is declined."""
        form = self.teller.posted("prepare")
        required(form)
        asked, metadata = method_asked(form), form.metadata()
        terms, is_confirmed, how = read_terms(form), form.boolean("confirm"), confirmation(form)
        check_minimum(terms)
        if not is_confirmed and (how.off_session or how.error_on_requires_action):
            raise invalid("off_session and error_on_requires_action need confirm", param="confirm")
        now_s = int(self.teller.desk.clock.now().timestamp())
        intent = new_intent(terms, metadata, now_s)
        call = self._call(_operation(intent) if is_confirmed else "prepare", intent, asked)
        return self.teller.submit(
            call, form, lambda connection: self._create(connection, call, intent, asked, how if is_confirmed else None)
        )

    def _create(
        self,
        connection: sqlite3.Connection,
        call: Call,
        intent: Intent,
        asked: MethodAsked | None,
        how: Confirmation | None,
    ) -> Told:
        self.steps.check_customer(connection, call.merchant, intent)
        saved = self._method(connection, call, intent, asked)
        if saved:
            intent |= {"payment_method": saved.id, "status": "requires_confirmation"}
        self.steps.announcements.tell(connection, call, "payment_intent.created", intent)
        if how:
            return self.steps.confirm(connection, call, intent, saved, how)
        self.steps.objects.put(connection, call.merchant, intent)
        return Told(intent)

    def confirm_intent(self, intent_id: str) -> Response:
        """`POST /v1/payment_intents/{id}/confirm`: 402 when the card is declined."""
        form = self.teller.posted("charge")
        seen = self._seen(intent_id)
        asked, terms, how = method_asked(form), read_terms(form), confirmation(form)
        for name in ("amount", "currency", "customer"):
            if name in terms:
                raise invalid(f"{name} can't be changed by a confirmation", code="parameter_unknown", param=name)
        call = self._call(_operation({**seen, **terms}), {**seen, **terms}, asked or _present(seen))

        def act(connection: sqlite3.Connection) -> Told:
            intent = {**self._intent(connection, intent_id), **terms}
            saved = self._method(connection, call, intent, asked or _present(intent))
            return self.steps.confirm(connection, call, intent, saved, how)

        return self.teller.submit(call, form, act)

    def capture_intent(self, intent_id: str) -> Response:
        """`POST /v1/payment_intents/{id}/capture`: `amount_to_capture`, all of it without."""
        form = self.teller.posted("capture")
        seen = self._seen(intent_id)
        amount_minor = form.integer("amount_to_capture")
        if amount_minor is not None and amount_minor <= 0:
            raise invalid("amount_to_capture must be positive", code="amount_too_small", param="amount_to_capture")
        if form.boolean("final_capture") is False:
            raise invalid("a hold is captured once here", param="final_capture")
        call = self._call("capture", {**seen, "amount": amount_minor or seen["amount"]}, _present(seen))
        return self.teller.submit(
            call,
            form,
            lambda connection: self.steps.capture(connection, call, self._intent(connection, intent_id), amount_minor),
        )

    def cancel_intent(self, intent_id: str) -> Response:
        """`POST /v1/payment_intents/{id}/cancel`: releases what is held."""
        form = self.teller.posted("void")
        reason = form.choice("cancellation_reason", CANCELLATION_REASONS)
        seen = self._seen(intent_id)
        # Only a hold moves money when it is given up.
        operation = "void" if seen["capture_method"] == "manual" else "prepare"
        call = self._call(operation, seen, _present(seen))
        return self.teller.submit(
            call,
            form,
            lambda connection: self.steps.cancel(connection, call, self._intent(connection, intent_id), reason),
        )

    def authenticate_intent(self, intent_id: str) -> Response:
        """`POST /v1/test_helpers/payment_intents/{id}/authenticate`: what the cardholder does; `agreed` false: not."""
        form = self.teller.posted("charge")
        agreed = form.boolean("agreed") is not False
        seen = self._seen(intent_id)
        call = self._call(_operation(seen), seen, _present(seen))
        return self.teller.submit(
            call,
            form,
            lambda connection: self.steps.authenticate(
                connection, call, self._intent(connection, intent_id), agreed=agreed
            ),
        )

    def update_intent(self, intent_id: str) -> Response:
        """`POST /v1/payment_intents/{id}`: what is agreed on until it is paid, what is only said at any time."""
        form = self.teller.posted("prepare")
        seen = self._seen(intent_id)
        asked, terms, metadata = method_asked(form), read_terms(form), form.metadata_changes()
        check_minimum({**seen, **terms})
        call = self._call("prepare", {**seen, **terms}, asked)

        def act(connection: sqlite3.Connection) -> Told:
            before = self._intent(connection, intent_id)
            if before["status"] not in UNPAID and (asked or not set(terms) <= set(_ALWAYS_CHANGEABLE)):
                raise unexpected_state(before, "updated", UNPAID)
            after = with_metadata({**before, **terms}, metadata)
            self.steps.check_customer(connection, call.merchant, after)
            saved = self._method(connection, call, after, asked)
            if saved:
                after |= {"payment_method": saved.id, "status": "requires_confirmation", "next_action": None}
            self.steps.objects.put(connection, call.merchant, after)
            return Told(after)

        return self.teller.submit(call, form, act)

    def show_intent(self, intent_id: str) -> Response:
        """`GET /v1/payment_intents/{id}`."""
        form = self.teller.asked()
        form.text("client_secret")
        with self.teller.desk.database.read() as connection:
            seen = self.steps.objects.find(connection, merchant(), KIND, intent_id)
        whose = merchant()

        def read(connection: sqlite3.Connection, until: str) -> Document:
            return self.steps.objects.get(connection, whose, KIND, intent_id, param="intent", until=until)

        return self.teller.look_up(form, read, **(known(seen) if seen else {}))

    def list_intents(self) -> Response:
        """`GET /v1/payment_intents`: by `customer` and `created`."""
        form = self.teller.asked()
        page, customer = page_of(form), form.text("customer")
        whose, url = merchant(), request.path

        def read(connection: sqlite3.Connection, until: str) -> Document:
            equal = {"customer": customer} if customer else {}
            return list_document(url, *self.steps.objects.page(connection, whose, KIND, page, equal, until))

        return self.teller.look_up(form, read, customer=customer or "")

    def _seen(self, intent_id: str) -> Intent:
        with self.teller.desk.database.read() as connection:
            return self._intent(connection, intent_id)

    def _intent(self, connection: sqlite3.Connection, intent_id: str) -> Intent:
        return self.steps.objects.get(connection, merchant(), KIND, intent_id, param="intent")

    def _call(self, operation: str, intent: Mapping[str, Any], asked: MethodAsked | None) -> Call:
        card_last4 = ""
        if asked:
            with self.teller.desk.database.read() as connection:
                card_last4 = self.steps.methods.card(connection, merchant(), asked).last4
        return self.teller.call(operation, card_last4=card_last4, **known(intent))

    def _method(
        self, connection: sqlite3.Connection, call: Call, intent: Mapping[str, Any], asked: MethodAsked | None
    ) -> SavedCard | None:
        if asked is None:
            return None
        saved = self.steps.methods.resolved(connection, call.merchant, asked)
        if saved.customer and saved.customer != intent["customer"]:
            raise no_such("payment_method of this customer", "payment_method", status=400)
        return saved


def _operation(intent: Mapping[str, Any]) -> str:
    return "authorize" if intent["capture_method"] == "manual" else "charge"


def _present(intent: Mapping[str, Any]) -> MethodAsked | None:
    return MethodAsked(intent["payment_method"]) if intent["payment_method"] else None
