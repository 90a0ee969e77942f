"""What a payment intent is agreed on: the fields that a request may set, and the intent that they make.

Source: Stripe's API reference, and its table of minimum amounts (documented). Leaves out everything about connected
accounts, mandates and payment methods that are no cards; such fields are refused as unknown.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mock_gateway.faces.stripe.forms import Form, missing_parameter
from mock_gateway.faces.stripe.refusals import dressed
from mock_gateway.money.amounts import checked_amount, checked_currency
from mock_gateway.problems import Refused, invalid

CAPTURE_METHODS = ("automatic", "automatic_async", "manual")
# In minor units; currencies that are not named have none.
AMOUNT_MINOR_MIN = {
    "AUD": 50, "BRL": 50, "CAD": 50, "CHF": 50, "EUR": 50, "GBP": 30, "INR": 50, "JPY": 50, "MXN": 1000,
    "NOK": 300, "SEK": 300, "USD": 50,
}  # fmt: skip
_TEXTS = ("customer", "description", "receipt_email", "transfer_group")
_STATEMENT_DESCRIPTOR_LENGTH_MAX = 22
_ABSENT: dict[str, Any] = {
    "amount_capturable": 0, "amount_details": {"tip": {}}, "amount_received": 0, "application": None,
    "application_fee_amount": None, "automatic_payment_methods": None, "canceled_at": None,
    "cancellation_reason": None, "confirmation_method": "automatic", "customer": None, "description": None,
    "last_payment_error": None, "latest_charge": None, "livemode": False, "next_action": None, "on_behalf_of": None,
    "payment_method": None, "payment_method_configuration_details": None, "processing": None, "receipt_email": None,
    "review": None, "setup_future_usage": None, "shipping": None, "source": None, "statement_descriptor": None,
    "statement_descriptor_suffix": None, "transfer_data": None, "transfer_group": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Confirmation:
    """How a payment intent is to be confirmed; `return_url` is where the cardholder goes on after authenticating."""

    off_session: bool = False
    error_on_requires_action: bool = False
    return_url: str | None = None


def read_terms(form: Form) -> dict[str, Any]:
    """Read the fields that a request sets, blank ones as None; raises Refused (400)."""
    terms: dict[str, Any] = {}
    if "amount" in form:
        terms["amount"] = _amount(form)
    if "currency" in form:
        terms["currency"] = _currency(form)
    for name in _TEXTS:
        if name in form:
            terms[name] = form.text(name) or None
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        if name in form:
            terms[name] = form.text(name, length_max=_STATEMENT_DESCRIPTOR_LENGTH_MAX) or None
    if "shipping" in form:
        terms["shipping"] = form.document("shipping")
    if "setup_future_usage" in form:
        terms["setup_future_usage"] = form.choice("setup_future_usage", ("", "off_session", "on_session")) or None
    if "capture_method" in form:
        terms["capture_method"] = form.choice("capture_method", CAPTURE_METHODS)
    return {**terms, **_how_to_pay(form)}


def required(form: Form) -> None:
    """Object to a new intent without an amount or a currency; raises Refused (400)."""
    for name in ("amount", "currency"):
        if name not in form:
            raise missing_parameter(name)


def check_minimum(terms: Mapping[str, Any]) -> None:
    """Object to an amount below what Stripe charges in a currency; raises Refused (400)."""
    amount_minor_min = AMOUNT_MINOR_MIN.get(terms["currency"].upper(), 1)
    if terms["amount"] < amount_minor_min:
        message = f"amount must be at least {amount_minor_min} {terms['currency']}"
        raise invalid(message, code="amount_too_small", param="amount")


def new_intent(terms: Mapping[str, Any], metadata: Mapping[str, str], created_s: int) -> dict[str, Any]:
    """Return a payment intent as it begins."""
    intent_id = f"pi_{secrets.token_hex(12)}"
    return {
        "id": intent_id,
        "object": "payment_intent",
        **_ABSENT,
        "capture_method": "automatic",
        "client_secret": f"{intent_id}_secret_{secrets.token_hex(12)}",
        "created": created_s,
        "metadata": dict(metadata),
        "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        **terms,
    }


def confirmation(form: Form) -> Confirmation:
    """Read how to confirm; raises Refused (400)."""
    return_url = form.text("return_url") or None
    if return_url and urlsplit(return_url).scheme not in ("http", "https"):
        raise invalid("return_url must be a URL", code="url_invalid", param="return_url")
    off_session = form.choice("off_session", ("true", "false", "one_off", "recurring"))
    form.boolean("use_stripe_sdk")
    return Confirmation(
        off_session=off_session not in (None, "false"),
        error_on_requires_action=bool(form.boolean("error_on_requires_action")),
        return_url=return_url,
    )


def known(intent: Mapping[str, Any]) -> dict[str, Any]:
    """Return what fault rules and the ledger know of a payment intent's call."""
    return {
        "amount_minor": intent["amount"],
        "currency": intent["currency"].upper(),
        "customer": intent["metadata"].get("customer") or intent["customer"] or "",
        "reference": intent["transfer_group"] or intent["metadata"].get("reference", ""),
    }


def _amount(form: Form) -> int:
    amount_minor = form.integer("amount")
    try:
        return checked_amount(amount_minor, "amount")
    except Refused as refusal:
        raise dressed(refusal) from None


def _currency(form: Form) -> str:
    currency = form.required_text("currency")
    try:
        return checked_currency(currency.upper(), "currency").lower()
    except Refused as refusal:
        raise dressed(refusal) from None


def _how_to_pay(form: Form) -> dict[str, Any]:
    terms: dict[str, Any] = {}
    if form.choice("confirmation_method", ("automatic", "manual")) == "manual":
        terms["confirmation_method"] = "manual"
    types = form.texts("payment_method_types")
    if types not in (None, ["card"]):
        raise invalid("only cards are spoken here: payment_method_types must be card", param="payment_method_types")
    automatic = form.child("automatic_payment_methods")
    redirects = automatic.choice("allow_redirects", ("always", "never")) or "always"
    if automatic.boolean("enabled"):
        terms["automatic_payment_methods"] = {"allow_redirects": redirects, "enabled": True}
    return terms
