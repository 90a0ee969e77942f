"""Test cards and what becomes of a charge to each; every other card is refused.

Numbers, tokens and codes are Stripe's public test data (source: its testing page, documented; the tokens for lost and
stolen cards are assumed after the same pattern). A number is looked at once and only its last four digits are kept.
Leaves out expiry dates and CVC. Cards that want 3-D Secure are declined where the cardholder can't be asked.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

from mock_gateway.problems import invalid


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the issuer says no."""

    code: str
    decline_code: str
    message: str


@dataclass(frozen=True, slots=True)
class Card:
    """A test card by its token; `decline` is None when charges to it succeed."""

    token: str
    last4: str
    decline: Decline | None = None
    needs_authentication: bool = False
    # Why every charge to it is disputed as soon as the money is taken; "" for cards whose holders are content.
    dispute_reason: str = ""

    def authenticated(self) -> "Card":
        """Return the card once its holder has agreed to the payment."""
        return replace(self, decline=None, needs_authentication=False) if self.needs_authentication else self


def _declined(decline_code: str, message: str = "the card was declined") -> Decline:
    return Decline("card_declined", decline_code, message)


AUTHENTICATION_REQUIRED = Decline(
    "authentication_required", "authentication_required", "the card's issuer wants the cardholder to authenticate"
)
_CARD_BY_NUMBER = {
    "4242424242424242": Card("tok_visa", "4242"),
    "5555555555554444": Card("tok_mastercard", "4444"),
    "378282246310005": Card("tok_amex", "0005"),
    "4000000000000002": Card("tok_chargeDeclined", "0002", _declined("generic_decline")),
    "4000000000009995": Card(
        "tok_chargeDeclinedInsufficientFunds",
        "9995",
        _declined("insufficient_funds", "the card has insufficient funds"),
    ),
    "4000000000009987": Card("tok_chargeDeclinedLostCard", "9987", _declined("lost_card")),
    "4000000000009979": Card("tok_chargeDeclinedStolenCard", "9979", _declined("stolen_card")),
    "4000000000000069": Card(
        "tok_chargeDeclinedExpiredCard", "0069", Decline("expired_card", "expired_card", "the card has expired")
    ),
    "4000000000000127": Card(
        "tok_chargeDeclinedIncorrectCvc",
        "0127",
        Decline("incorrect_cvc", "incorrect_cvc", "the card's security code is incorrect"),
    ),
    "4000000000000119": Card(
        "tok_chargeDeclinedProcessingError",
        "0119",
        Decline("processing_error", "processing_error", "an error occurred while processing the card"),
    ),
    "4000000000000341": Card("tok_chargeCustomerFail", "0341", _declined("generic_decline")),
    "4100000000000019": Card("tok_chargeDeclinedFraudulent", "0019", _declined("fraudulent")),
    "4000002500003155": Card("tok_authenticationRequiredOnSetup", "3155", AUTHENTICATION_REQUIRED, True),
    "4000002760003184": Card("tok_authenticationRequired", "3184", AUTHENTICATION_REQUIRED, True),
    "4000000000000259": Card("tok_createDispute", "0259", dispute_reason="fraudulent"),
    "4000000000002685": Card("tok_createDisputeProductNotReceived", "2685", dispute_reason="product_not_received"),
}
CARDS = tuple(_CARD_BY_NUMBER.values())
_CARD_BY_TOKEN = {card.token: card for card in CARDS}
_CARD_BY_LAST4 = {card.last4: card for card in CARDS}

# A whole word of 13 to 19 digits in a card network's range, or in groups as they are printed on cards; longer words
# (hashes, UUIDs) and epochs are none.
_NUMBER = re.compile(
    r"(?<![A-Za-z0-9])([3-6]\d{12,18}|[3-6]\d{3}([ -]\d{4}){3}([ -]\d{3})?|3\d{3}[ -]\d{6}[ -]\d{5})(?![A-Za-z0-9])"
)
_BLANKS = re.compile(r"[ -]")


def card_of(value: Any, param: str = "card") -> Card:
    """Return the card of a test token or a public test number; raises Refused (400) without repeating the value."""
    if not isinstance(value, str) or not value:
        raise invalid(f"{param} must be a test token such as tok_visa", param=param)
    digits = _BLANKS.sub("", value)
    if digits.isdecimal():
        if digits in _CARD_BY_NUMBER:
            return _CARD_BY_NUMBER[digits]
        raise invalid("only test cards are accepted here: this is no card gateway", code="only_test_cards", param=param)
    if value in _CARD_BY_TOKEN:
        return _CARD_BY_TOKEN[value]
    known = ", ".join(_CARD_BY_TOKEN)
    raise invalid(
        f"{param} is not a token that is known here, expected one of {known}", code="unknown_card", param=param
    )


def dispute_reason_of(last4: str) -> str:
    """Return why charges to the test card with these last four digits are disputed at once; "" when they are not."""
    card = _CARD_BY_LAST4.get(last4)
    return card.dispute_reason if card else ""


def card_to_match(value: Any, param: str = "match.card") -> str:
    """Return the last four digits of the card that a fault rule means: a token, a test number, or those digits."""
    if isinstance(value, str) and value in _CARD_BY_LAST4:
        return value
    return card_of(value, param).last4


def masked(text: str) -> str:
    """Return `text` with all but the last four digits of every card number replaced."""
    return _NUMBER.sub(lambda found: f"****{found[0][-4:]}" if _luhn(found[0]) else found[0], text)


def holds_card_number(text: str) -> bool:
    """Say whether `text` holds something that reads as a card number."""
    return masked(text) != text


def _luhn(digits: str) -> bool:
    backwards = reversed(_BLANKS.sub("", digits))
    doubled = [int(digit) * (2 - index % 2) for index, digit in enumerate(backwards, start=1)]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
