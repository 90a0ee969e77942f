"""Amounts that the gateway takes: positive integers in minor units, up to a limit, in currencies it knows.

Exponents are ISO 4217's; the limit of eight digits is Stripe's (documented). Leaves out minimum amounts per currency
and conversion.
"""

from typing import Any

from mock_gateway.problems import Refused, invalid

EXPONENT_BY_CURRENCY = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "EUR": 2, "GBP": 2, "INR": 2,
    "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "SEK": 2, "TND": 3, "USD": 2,
}  # fmt: skip
AMOUNT_MINOR_MAX = 99_999_999


def checked_amount(value: Any, param: str = "amount_minor") -> int:
    """Return `value` when it is an amount in minor units; raises Refused (400)."""
    # A bool is an int in Python, and 12.0 would be read as money by whoever sends decimals.
    if not isinstance(value, int) or isinstance(value, bool):
        raise invalid(f"{param} must be an integer in minor units, e.g. 4000 for 40.00 USD", param=param)
    if value <= 0:
        raise invalid(f"{param} must be positive", code="amount_too_small", param=param)
    if value > AMOUNT_MINOR_MAX:
        raise _too_large(param)
    return value


def checked_currency(value: Any, param: str = "currency") -> str:
    """Return `value` when it is a currency's ISO 4217 code that the gateway knows; raises Refused (400)."""
    if not isinstance(value, str) or value not in EXPONENT_BY_CURRENCY:
        known = ", ".join(EXPONENT_BY_CURRENCY)
        raise invalid(f"{param} must be one of {known}", code="currency_not_supported", param=param)
    return value


def _too_large(param: str) -> Refused:
    return invalid(f"{param} must not be above {AMOUNT_MINOR_MAX}", code="amount_too_large", param=param)
