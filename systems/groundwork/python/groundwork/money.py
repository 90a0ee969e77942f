"""Money in integer minor units, with decimal strings at the edges; never a binary float.

Exponents are ISO 4217's (source: ISO 4217 list one, verified for the currencies listed). Leaves out conversion on
purpose: a wallet has one currency and is paid from in that one.
"""

import re
from decimal import Decimal, InvalidOperation

EXPONENT_BY_CURRENCY = {
    "AUD": 2, "BHD": 3, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2,
    "INR": 2, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "NZD": 2, "OMR": 3, "PLN": 2, "SEK": 2,
    "SGD": 2, "TND": 3, "TRY": 2, "USD": 2, "VND": 0, "ZAR": 2,
}  # fmt: skip

_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{1,18})?")


class AmountInvalid(ValueError):
    """A text or number is no amount of the currency; `code` names the rule that it breaks."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


def parse_amount(value: object, currency: str, amount_minor_max: int) -> int:
    """Read a decimal string, integer or Decimal as minor units of a known currency; raises AmountInvalid."""
    number = _number(value)
    places = EXPONENT_BY_CURRENCY[currency]
    if number <= 0:
        raise AmountInvalid("not_positive", "must be greater than zero")
    # Compared before scaling: a number such as 1e400 must not be expanded.
    if number.adjusted() > 20 or number.scaleb(places) > amount_minor_max:
        raise AmountInvalid("too_large", f"must be at most {format_amount(amount_minor_max, currency)} {currency}")
    scaled = number.scaleb(places)
    if scaled != scaled.to_integral_value():
        raise AmountInvalid("too_many_decimals", f"{currency} has {places} decimals")
    return int(scaled)


def format_amount(amount_minor: int, currency: str) -> str:
    """Return minor units as a decimal string with all the currency's decimals, e.g. "50.00"."""
    places = EXPONENT_BY_CURRENCY[currency]
    if places == 0:
        return str(amount_minor)
    sign, digits = ("-" if amount_minor < 0 else ""), str(abs(amount_minor)).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _number(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
        raise AmountInvalid("wrong_type", "must be a decimal string such as '50.00', or a number")
    if isinstance(value, str) and not _DECIMAL.fullmatch(value):
        raise AmountInvalid("malformed", "must be a decimal number such as '50.00'")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise AmountInvalid("malformed", "must be a decimal number such as '50.00'") from None
    if not number.is_finite():
        raise AmountInvalid("malformed", "must be a finite number")
    return number
