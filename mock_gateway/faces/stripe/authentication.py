"""Asks the cardholder: which cards want that, and where the caller is to send them.

Source: Stripe's pages on 3-D Secure and its test cards (documented).
"""

from collections.abc import Mapping
from typing import Any

from flask import request

from mock_gateway.money.cards import Card, Decline
from mock_gateway.money.customers import SavedCard

AUTHENTICATION_FAILED = Decline(
    "payment_intent_authentication_failure", "", "the cardholder did not agree to the payment"
)
_UNLESS_SET_UP = "tok_authenticationRequiredOnSetup"


def wants_authentication(card: Card, saved: SavedCard) -> bool:
    """Say whether the cardholder has to agree before a saved card is charged."""
    is_set_up = card.token == _UNLESS_SET_UP and bool(saved.details.get("is_set_up"))
    return card.needs_authentication and not is_set_up


def next_action(intent: Mapping[str, Any], return_url: str | None) -> dict[str, Any]:
    """Return what the caller is to do so that the cardholder can agree."""
    url = f"{request.host_url}stripe/authenticate/{intent['id']}?client_secret={intent['client_secret']}"
    if return_url:
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect", "stripe_js": url}}
