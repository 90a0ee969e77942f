"""Why a payment is refused, in Adyen's words and numbers, and which trigger leads there.

Reasons and their numbers are Adyen's, and so is asking for one by `holderName` (source: its pages on refusal reasons
and on testing result codes, documented; the words for `holderName` as its clients' tests have them). Which of the
trigger cards means which reason is this gateway's own choice (assumed).
"""

from dataclasses import dataclass

from mock_gateway.money.cards import Decline

REFUSED = "Refused"
ERROR = "Error"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reason; `decline` is how the ledger tells it."""

    reason: str
    code: str
    decline: Decline
    result: str = REFUSED


def _refusal(
    reason: str, code: str, decline_code: str, *, result: str = REFUSED, kind: str = "card_declined"
) -> Refusal:
    return Refusal(reason, code, Decline(kind, decline_code, reason), result)


REFUSAL_BY_HOLDER = {
    "DECLINED": _refusal("Refused", "2", "generic_decline"),
    "ERROR": _refusal("Acquirer Error", "4", "processing_error", result=ERROR, kind="processing_error"),
    "BLOCK_CARD": _refusal("Blocked Card", "5", "lost_card"),
    "CARD_EXPIRED": _refusal("Expired Card", "6", "expired_card", kind="expired_card"),
    "INVALID_CARD_NUMBER": _refusal("Invalid Card Number", "8", "incorrect_number", kind="incorrect_number"),
    "ISSUER_UNAVAILABLE": _refusal("Issuer Unavailable", "9", "issuer_not_available"),
    "NOT_ENOUGH_BALANCE": _refusal("Not enough balance", "12", "insufficient_funds"),
    "FRAUD": _refusal("FRAUD", "20", "fraudulent"),
    "CVC_DECLINED": _refusal("CVC Declined", "24", "incorrect_cvc", kind="incorrect_cvc"),
    "RESTRICTED_CARD": _refusal("Restricted Card", "25", "restricted_card"),
    "ISSUER_SUSPECTED_FRAUD": _refusal("Issuer Suspected Fraud", "31", "fraudulent"),
    "AUTHENTICATION_REQUIRED": _refusal(
        "Authentication required", "38", "authentication_required", kind="authentication_required"
    ),
}
_HOLDER_BY_DECLINE = {
    "insufficient_funds": "NOT_ENOUGH_BALANCE",
    "lost_card": "BLOCK_CARD",
    "stolen_card": "BLOCK_CARD",
    "expired_card": "CARD_EXPIRED",
    "incorrect_cvc": "CVC_DECLINED",
    "processing_error": "ERROR",
    "fraudulent": "FRAUD",
    "authentication_required": "AUTHENTICATION_REQUIRED",
}


def refusal_of(decline: Decline) -> Refusal:
    """Return what a declined card is refused with; "Refused" (2) for whatever has no reason of its own."""
    return REFUSAL_BY_HOLDER[_HOLDER_BY_DECLINE.get(decline.decline_code, "DECLINED")]
