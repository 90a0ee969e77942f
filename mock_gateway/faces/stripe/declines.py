"""Card errors in Stripe's shape (source: its error reference, documented)."""

from typing import Any

from mock_gateway.faces.stripe.refusals import DOCUMENTATION
from mock_gateway.money.cards import Decline


def card_error(decline: Decline, charge: str = "") -> dict[str, Any]:
    """Return the error that tells of a decline, and of its charge, if the card was tried."""
    return {
        "type": "card_error",
        "code": decline.code,
        **({"decline_code": decline.decline_code} if decline.decline_code else {}),
        "message": decline.message,
        **({"charge": charge} if charge else {}),
        "doc_url": DOCUMENTATION + decline.code.replace("_", "-"),
    }
