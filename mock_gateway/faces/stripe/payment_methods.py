"""Payment methods: cards that were saved, by their own ids, and Stripe's test ids that are usable at once.

Source: Stripe's API reference and testing page (documented). Every use of a test id such as `pm_card_visa` saves a card
of its own, as Stripe does. Leaves out everything that is no card, expiry dates and CVC: they are told, not checked.
"""

import json
import sqlite3
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from mock_gateway.faces.stripe.forms import Form, missing_parameter
from mock_gateway.faces.stripe.lists import epoch_s
from mock_gateway.faces.stripe.refusals import dressed, no_such
from mock_gateway.money.cards import CARDS, Card, card_of
from mock_gateway.money.customers import Customers, SavedCard
from mock_gateway.problems import Refused, invalid

_BRAND_BY_LAST4 = {"4444": "mastercard", "0005": "amex"}
EXPIRY = {"exp_month": 12, "exp_year": 2034}
# pm_card_visa, pm_card_chargeDeclined and, as Stripe also names them, pm_card_visa_chargeDeclined
TEST_METHODS = {f"pm_card_{infix}{card.token.removeprefix('tok_')}": card for card in CARDS for infix in ("", "visa_")}


@dataclass(frozen=True, slots=True)
class MethodAsked:
    """How a request says what to pay with: the id of a saved card or a test id, or else a new card."""

    id: str = ""
    card: Card | None = None
    details: "dict[str, Any] | None" = None
    param: str = "payment_method"


@dataclass(frozen=True)
class PaymentMethods:
    """Finds and saves cards on a connection that the caller holds."""

    customers: Customers

    def card(self, connection: sqlite3.Connection, merchant: str, asked: MethodAsked) -> Card:
        """Return the card that a request names, without saving it; raises Refused (400)."""
        if asked.card or asked.id in TEST_METHODS:
            return asked.card or TEST_METHODS[asked.id]
        return card_of(self.find(connection, merchant, asked.id, param=asked.param, status=400).token)

    def resolved(self, connection: sqlite3.Connection, merchant: str, asked: MethodAsked) -> SavedCard:
        """Return the saved card that a request names, saving it when it is a new one; raises Refused (400)."""
        card = asked.card or TEST_METHODS.get(asked.id)
        if card:
            return self.customers.save_card(connection, merchant, card.token, **(asked.details or new_details()))
        return self.find(connection, merchant, asked.id, param=asked.param, status=400)

    def find(
        self, connection: sqlite3.Connection, merchant: str, method_id: str, *, param: str = "id", status: int = 404
    ) -> SavedCard:
        """Return a saved card; raises Refused."""
        try:
            return self.customers.find_card(connection, merchant, method_id)
        except Refused:
            raise no_such("payment_method", param, status=status) from None

    def change(self, connection: sqlite3.Connection, card: SavedCard, **details: Any) -> SavedCard:
        """Change what is told of a card."""
        changed = json.dumps({**card.details, **details})
        connection.execute("UPDATE saved_cards SET details = ? WHERE sequence = ?", (changed, card.sequence))
        return self.customers.find_card(connection, card.merchant, card.id)


def method_asked(form: Form) -> MethodAsked | None:
    """Read `payment_method` or `payment_method_data`, None when there is neither; raises Refused (400)."""
    method_id = form.text("payment_method")
    if "payment_method_data" not in form:
        return MethodAsked(method_id) if method_id else None
    if method_id:
        raise invalid("payment_method and payment_method_data exclude each other", code="parameters_exclusive")
    return new_method(form.child("payment_method_data"))


def new_method(form: Form) -> MethodAsked:
    """Read a new card: `type`, `card[token]` or `card[number]`, `billing_details`, `metadata`; raises Refused (400)."""
    if form.choice("type", ("card",)) is None:
        raise missing_parameter(form.param("type"))
    if "card" not in form:
        raise missing_parameter(form.param("card"))
    fields = form.child("card")
    return MethodAsked(
        card=_new_card(fields),
        details=new_details(
            billing_details=form.document("billing_details") or {}, metadata=form.metadata(), **_expiry(fields)
        ),
    )


def new_details(**details: Any) -> dict[str, Any]:
    """Return what is kept of a card besides its token."""
    return {"billing_details": {}, "metadata": {}, **EXPIRY, **details}


def method_document(saved: SavedCard) -> dict[str, Any]:
    """Return a payment method."""
    return {
        "id": saved.id,
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": billing_details(saved),
        "card": {**card_document(saved), "generated_from": None, "three_d_secure_usage": {"supported": True}},
        "created": epoch_s(saved.created_at),
        "customer": saved.customer or None,
        "livemode": False,
        "metadata": saved.details.get("metadata", {}),
        "type": "card",
    }


def billing_details(saved: SavedCard) -> dict[str, Any]:
    """Return whose card it is."""
    nobody = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}
    return {**nobody, **saved.details.get("billing_details", {})}


def card_document(saved: SavedCard) -> dict[str, Any]:
    """Return what may be told of a card."""
    card = card_of(saved.token)
    brand = _BRAND_BY_LAST4.get(card.last4, "visa")
    return {
        "brand": brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": brand,
        **{name: saved.details.get(name, usual) for name, usual in EXPIRY.items()},
        # The same for every use of a card, and not made of its number.
        "fingerprint": sha256(card.token.encode()).hexdigest()[:16],
        "funding": "credit",
        "last4": card.last4,
        "networks": {"available": [brand], "preferred": None},
        "wallet": None,
    }


def _new_card(fields: Form) -> Card:
    name = "token" if "token" in fields else "number"
    value = fields.secret(name)
    if value is None:
        raise missing_parameter(fields.param("number"))
    try:
        card = card_of(value, fields.param(name))
    except Refused as refusal:
        raise dressed(refusal) from None
    fields.conceal(name, card.token)
    if fields.secret("cvc"):
        fields.conceal("cvc", "")
    return card


def _expiry(fields: Form) -> dict[str, int]:
    month, year = fields.integer("exp_month"), fields.integer("exp_year")
    if month is not None and not 1 <= month <= 12:
        raise Refused(402, "card_error", "invalid_expiry_month", "invalid expiry month", param="exp_month")
    return {**({"exp_month": month} if month else {}), **({"exp_year": year} if year else {})}
