"""What the Stripe face refuses, in Stripe's codes (source: its error reference, documented)."""

from collections.abc import Iterable, Mapping
from typing import Any

from mock_gateway.problems import Refused

DOCUMENTATION = "https://stripe.com/docs/error-codes/"
# Where the gateway's own words differ from Stripe's.
_CODES = {"not_found": "resource_missing", "charge_already_voided": "charge_already_refunded"}
_PARAMS = {"amount_minor": "amount"}


def dressed(refusal: Refused, *, param: str = "") -> Refused:
    """Return a refusal as Stripe tells it; `param` is what it is about, where the refusal does not know."""
    error = dict(refusal.error)
    error["code"] = _CODES.get(refusal.code, refusal.code)
    if "param" in error or param:
        error["param"] = param or _PARAMS.get(error["param"], error["param"])
    error.setdefault("doc_url", DOCUMENTATION + error["code"].replace("_", "-"))
    kind, code, message = (error.pop(name) for name in ("type", "code", "message"))
    return Refused(refusal.status, kind, code, message, **error)


def unauthorized(message: str) -> Refused:
    """Return the refusal of a request without a key that opens."""
    return Refused(401, "invalid_request_error", "api_key_required", message)


def no_such(what: str, param: str, *, status: int = 404) -> Refused:
    """Return the refusal of a request about something that is not there; 400 when a field names it, not the path."""
    return Refused(status, "invalid_request_error", "resource_missing", f"no such {what}", param=param)


def unexpected_state(intent: Mapping[str, Any], done: str, expected: Iterable[str]) -> Refused:
    """Return the refusal of what a payment intent's status does not allow."""
    message = (
        f"this PaymentIntent could not be {done} because it has a status of {intent['status']}, "
        f"expected one of {', '.join(expected)}"
    )
    return Refused(
        400, "invalid_request_error", "payment_intent_unexpected_state", message, payment_intent=dict(intent)
    )
