"""What can be done with a payment intent, step by step, and what each step makes of it.

requires_payment_method → requires_confirmation → requires_action → requires_capture → succeeded, or canceled on the
way; a decline leads back to the start. Source: Stripe's page on the life of a PaymentIntent (documented). Leaves out
processing: cards answer at once.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mock_gateway.calls import Call
from mock_gateway.faces.stripe.announcements import Announcements
from mock_gateway.faces.stripe.authentication import AUTHENTICATION_FAILED, next_action, wants_authentication
from mock_gateway.faces.stripe.charge_records import ChargeRecords
from mock_gateway.faces.stripe.declines import card_error
from mock_gateway.faces.stripe.intent_terms import Confirmation, known
from mock_gateway.faces.stripe.objects import Objects
from mock_gateway.faces.stripe.payment_methods import PaymentMethods, method_document
from mock_gateway.faces.stripe.refusals import dressed, no_such, unexpected_state
from mock_gateway.faces.stripe.teller import Told
from mock_gateway.idempotency import DECLINED
from mock_gateway.money.cards import AUTHENTICATION_REQUIRED, Card, card_of
from mock_gateway.money.customers import SavedCard
from mock_gateway.problems import Refused, invalid

UNPAID = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*UNPAID, "requires_capture")
CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
Intent = dict[str, Any]


@dataclass(frozen=True)
class IntentSteps:
    """Makes the steps on a connection that the caller holds; raises Refused for those that may not be made."""

    objects: Objects
    methods: PaymentMethods
    charges: ChargeRecords
    announcements: Announcements

    def confirm(
        self, connection: sqlite3.Connection, call: Call, intent: Intent, saved: SavedCard | None, how: Confirmation
    ) -> Told:
        """Pay, or ask the cardholder first; a decline is an answer and no refusal."""
        _require(intent, UNPAID, "confirmed")
        if saved is None:
            raise _without_method(intent)
        card = card_of(saved.token)
        if not wants_authentication(card, saved):
            return self._pay(connection, call, intent, saved, card.authenticated())
        if how.off_session:
            return self._pay(connection, call, intent, saved, card)
        if how.error_on_requires_action:
            error = card_error(AUTHENTICATION_REQUIRED)
            return self._failed(connection, call, intent, saved, error)
        asked = {**intent, "payment_method": saved.id, "status": "requires_action", "last_payment_error": None}
        asked["next_action"] = next_action(asked, how.return_url)
        self.objects.put(connection, call.merchant, asked)
        self.announcements.tell(connection, call, "payment_intent.requires_action", asked)
        return Told(asked)

    def authenticate(self, connection: sqlite3.Connection, call: Call, intent: Intent, *, agreed: bool) -> Told:
        """Go on after the cardholder has agreed to the payment, or has not."""
        _require(intent, ("requires_action",), "authenticated")
        saved = self.methods.find(connection, call.merchant, intent["payment_method"])
        if not agreed:
            told = self._failed(connection, call, intent, saved, card_error(AUTHENTICATION_FAILED))
            return Told(told.document["error"]["payment_intent"])
        if intent["setup_future_usage"]:
            saved = self.methods.change(connection, saved, is_set_up=True)
        return self._pay(connection, call, intent, saved, card_of(saved.token).authenticated())

    def capture(self, connection: sqlite3.Connection, call: Call, intent: Intent, amount_minor: int | None) -> Told:
        """Take the money that is held, or some of it."""
        _require(intent, ("requires_capture",), "captured")
        charge = self.charges.acquirer.find_charge(connection, intent["latest_charge"], call.merchant)
        try:
            taken = self.charges.acquirer.capture(connection, call, charge, amount_minor)
        except Refused as refusal:
            raise dressed(refusal, param="amount_to_capture" if "amount" in refusal.code else "") from None
        paid = {**intent, "status": "succeeded", "amount_capturable": 0, "amount_received": taken.amount_minor}
        self.objects.put(connection, call.merchant, paid)
        self.announcements.tell(
            connection, call, "charge.captured", self.charges.show(connection, call.merchant, charge.id)
        )
        self.announcements.tell(connection, call, "payment_intent.succeeded", paid)
        self.charges.acquirer.dispute_at_once(connection, charge)
        return Told(paid)

    def cancel(self, connection: sqlite3.Connection, call: Call, intent: Intent, reason: str | None) -> Told:
        """Give an intent up, and release what is held for it."""
        _require(intent, CANCELABLE, "canceled")
        if intent["status"] == "requires_capture":
            charge = self.charges.acquirer.find_charge(connection, intent["latest_charge"], call.merchant)
            self.charges.acquirer.void(connection, call, charge)
            shown = self.charges.show(connection, call.merchant, charge.id)
            self.announcements.tell(connection, call, "charge.refunded", shown)
        return Told(self.canceled(connection, call, intent, reason))

    def canceled(self, connection: sqlite3.Connection, call: Call, intent: Intent, reason: str | None) -> Intent:
        """Keep an intent as canceled, and tell of it."""
        now_s = int(self.objects.clock.now().timestamp())
        ended = {
            **intent, "status": "canceled", "canceled_at": now_s, "cancellation_reason": reason,
            "amount_capturable": 0, "next_action": None,
        }  # fmt: skip
        self.objects.put(connection, call.merchant, ended)
        self.announcements.tell(connection, call, "payment_intent.canceled", ended)
        return ended

    def check_customer(self, connection: sqlite3.Connection, merchant: str, intent: Mapping[str, Any]) -> None:
        """Object to a customer that is not there; raises Refused (400)."""
        if not intent["customer"]:
            return
        try:
            is_deleted = self.methods.customers.find(connection, merchant, intent["customer"]).is_deleted
        except Refused:
            is_deleted = True
        if is_deleted:
            raise no_such("customer", "customer", status=400)

    def _pay(self, connection: sqlite3.Connection, call: Call, intent: Intent, saved: SavedCard, card: Card) -> Told:
        call = replace(call, card_last4=card.last4, **known(intent))
        is_hold = intent["capture_method"] == "manual"
        acquirer, metadata = self.charges.acquirer, intent["metadata"]
        entry = acquirer.charge(connection, call, card, metadata, hold=is_hold)
        charge = self.charges.make(connection, entry, card, saved, intent)
        if card.decline:
            self.announcements.tell(connection, call, "charge.failed", charge)
            told = self._failed(connection, call, intent, saved, card_error(card.decline, entry.id))
        else:
            self.announcements.tell(connection, call, "charge.succeeded", charge)
            told = Told(self._paid(connection, call, {**intent, "latest_charge": entry.id}, saved, is_hold=is_hold))
            if not is_hold:
                acquirer.dispute_at_once(connection, entry)

        def again(connection: sqlite3.Connection) -> None:
            another = acquirer.charge(connection, call, card, metadata, hold=is_hold)
            self.charges.make(connection, another, card, saved, intent)

        return replace(told, again=again)

    def _paid(
        self, connection: sqlite3.Connection, call: Call, intent: Intent, saved: SavedCard, *, is_hold: bool
    ) -> Intent:
        paid = {
            **intent,
            "payment_method": saved.id,
            "status": "requires_capture" if is_hold else "succeeded",
            "amount_capturable": intent["amount"] if is_hold else 0,
            "amount_received": 0 if is_hold else intent["amount"],
            "last_payment_error": None,
            "next_action": None,
        }
        self.objects.put(connection, call.merchant, paid)
        if paid["setup_future_usage"] and paid["customer"] and not saved.customer:
            attached = self.methods.customers.belong(connection, saved, paid["customer"])
            self.announcements.tell(connection, call, "payment_method.attached", method_document(attached))
        kind = "payment_intent.amount_capturable_updated" if is_hold else "payment_intent.succeeded"
        self.announcements.tell(connection, call, kind, paid)
        return paid

    def _failed(
        self, connection: sqlite3.Connection, call: Call, intent: Intent, saved: SavedCard, error: Mapping[str, Any]
    ) -> Told:
        method = method_document(saved)
        failed = {
            **intent,
            "status": "requires_payment_method",
            "payment_method": None,
            "latest_charge": error.get("charge") or intent["latest_charge"],
            "last_payment_error": {**error, "payment_method": method},
            "next_action": None,
        }
        self.objects.put(connection, call.merchant, failed)
        self.announcements.tell(connection, call, "payment_intent.payment_failed", failed)
        told = {**error, "payment_intent": failed, "payment_method": method}
        return Told({"error": told}, DECLINED, 402)


def _require(intent: Mapping[str, Any], statuses: Iterable[str], done: str) -> None:
    if intent["status"] not in statuses:
        raise unexpected_state(intent, done, statuses)


def _without_method(intent: Mapping[str, Any]) -> Refused:
    refusal = invalid(
        "this PaymentIntent can't be confirmed because it has no payment method; send one with the confirmation",
        code="payment_intent_unexpected_state",
        param="payment_method",
    )
    refusal.error["payment_intent"] = dict(intent)
    return refusal
