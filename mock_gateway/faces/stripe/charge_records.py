"""Charges as Stripe's API shows them: what was said about a charge is kept here, what became of its money is asked.

Source: Stripe's API reference (documented). A hold that is given up counts as refunded whole, as Stripe tells it.
Leaves out fees, receipts, reviews and network data: their fields are there and empty.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_gateway.faces.stripe.lists import Page, epoch_s
from mock_gateway.faces.stripe.objects import Objects
from mock_gateway.faces.stripe.payment_methods import billing_details, card_document
from mock_gateway.faces.stripe.refusals import no_such
from mock_gateway.faces.stripe.transactions import transaction_id
from mock_gateway.money.acquirer import Acquirer, ChargeState
from mock_gateway.money.cards import Card
from mock_gateway.money.customers import SavedCard
from mock_gateway.money.ledger import SUCCEEDED, Entry, Ledger

_EMPTY: dict[str, Any] = {
    "application": None, "application_fee": None, "application_fee_amount": None, "destination": None,
    "failure_balance_transaction": None, "fraud_details": {}, "livemode": False, "on_behalf_of": None,
    "receipt_number": None, "receipt_url": None, "review": None, "source": None, "source_transfer": None,
    "transfer_data": None,
}  # fmt: skip
# What a charge takes over from its payment intent.
_INHERITED = (
    "customer", "description", "metadata", "receipt_email", "shipping", "statement_descriptor",
    "statement_descriptor_suffix", "transfer_group",
)  # fmt: skip


@dataclass(frozen=True)
class ChargeRecords:
    """Keeps and shows charges on a connection that the caller holds."""

    objects: Objects
    ledger: Ledger
    acquirer: Acquirer

    def make(
        self,
        connection: sqlite3.Connection,
        entry: Entry,
        card: Card,
        saved: SavedCard,
        intent: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Keep a new charge or authorization, and return it as it is shown; `intent` has what it takes over."""
        stored = {
            "id": entry.id,
            "object": "charge",
            "amount": entry.amount_minor,
            "billing_details": billing_details(saved),
            "calculated_statement_descriptor": intent["statement_descriptor"] or "REHEARSAL",
            "created": epoch_s(entry.created_at),
            "currency": entry.currency.lower(),
            "disputed": False,
            **_failure(card),
            "outcome": _outcome(card),
            "paid": entry.status == SUCCEEDED,
            "payment_intent": intent.get("id"),
            "payment_method": saved.id,
            "payment_method_details": {"card": _card_details(saved, entry), "type": "card"},
            "status": "succeeded" if entry.status == SUCCEEDED else "failed",
            **{name: intent[name] for name in _INHERITED},
            **_EMPTY,
        }
        self.objects.put(connection, entry.merchant, stored)
        is_taken = entry.kind == "charge" and entry.status == SUCCEEDED
        return _shown(stored, ChargeState(entry, entry.amount_minor if is_taken else 0), entry)

    def show(
        self,
        connection: sqlite3.Connection,
        merchant: str,
        charge_id: str,
        until: str = "~",
        *,
        param: str = "id",
        status: int = 404,
    ) -> dict[str, Any]:
        """Return a charge with what became of it; raises Refused when there is none."""
        stored = self.objects.find(connection, merchant, "charge", charge_id, until=until)
        if stored is None:
            raise no_such("charge", param, status=status)
        return self._current(connection, stored, until)

    def page(
        self, connection: sqlite3.Connection, merchant: str, page: Page, equal: Mapping[str, str], until: str
    ) -> tuple[list[dict[str, Any]], bool]:
        """Return a page of charges, and whether there are more."""
        found, has_more = self.objects.page(connection, merchant, "charge", page, equal, until)
        return [self._current(connection, stored, until) for stored in found], has_more

    def update(
        self, connection: sqlite3.Connection, merchant: str, charge_id: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change what is said about a charge, and return it as it is shown."""
        stored = self.objects.get(connection, merchant, "charge", charge_id, param="charge")
        self.objects.put(connection, merchant, {**stored, **changes})
        return self.show(connection, merchant, charge_id)

    def _current(self, connection: sqlite3.Connection, stored: dict[str, Any], until: str) -> dict[str, Any]:
        entry = self.ledger.find(connection, stored["id"])
        if entry is None:
            raise no_such("charge", "id")
        state = self.acquirer.state(connection, entry, until=until)
        taken = entry
        if entry.kind == "authorization" and state.captured_minor:
            about = self.ledger.of_charge(connection, entry.id, until=until)
            taken = next(one for one in about if one.kind == "capture")
        return _shown(stored, state, taken)


def _shown(stored: Mapping[str, Any], state: ChargeState, taken: Entry) -> dict[str, Any]:
    refunded_minor = state.entry.amount_minor if state.is_voided or state.is_expired else state.refunded_minor
    return {
        **stored,
        "amount_captured": state.captured_minor,
        "amount_refunded": refunded_minor,
        "balance_transaction": transaction_id(taken) if state.captured_minor else None,
        "captured": bool(state.captured_minor),
        "refunded": bool(refunded_minor) and refunded_minor >= (state.captured_minor or state.entry.amount_minor),
    }


def _failure(card: Card) -> dict[str, Any]:
    decline = card.decline
    return {
        "failure_code": decline.code if decline else None,
        "failure_message": decline.message if decline else None,
    }


def _outcome(card: Card) -> dict[str, Any]:
    decline = card.decline
    return {
        "network_status": "declined_by_network" if decline else "approved_by_network",
        "reason": decline.decline_code if decline else None,
        "risk_level": "normal",
        "seller_message": "The bank did not return any further details with this decline." if decline
        else "Payment complete.",
        "type": "issuer_declined" if decline else "authorized",
    }  # fmt: skip


def _card_details(saved: SavedCard, entry: Entry) -> dict[str, Any]:
    card = card_document(saved)
    del card["display_brand"], card["networks"]
    expires_at = {}
    if entry.kind == "authorization" and entry.status == SUCCEEDED:
        expires_at = {"capture_before": epoch_s(ChargeState(entry).expires_at)}
    return {**card, "amount_authorized": entry.amount_minor, **expires_at, "network": card["brand"]}
