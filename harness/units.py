"""Money in integer minor units, with decimal strings at the edges; never a binary float.

Exponents are ISO 4217's (source: ISO 4217 list one, verified for the currencies listed). Leaves out conversion
between currencies on purpose: amounts of two currencies can't be added or compared.
"""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from harness.errors import SettingInvalid

EXPONENT_BY_CURRENCY = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CLP": 0, "CNY": 2, "EUR": 2, "GBP": 2, "INR": 2,
    "JPY": 0, "KRW": 0, "KWD": 3, "MXN": 2, "NOK": 2, "SEK": 2, "TND": 3, "USD": 2,
}  # fmt: skip


def exponent(currency: str) -> int:
    """Return how many decimals `currency` (ISO 4217 code) has; raises SettingInvalid for an unknown one."""
    try:
        return EXPONENT_BY_CURRENCY[currency]
    except KeyError:
        known = ", ".join(sorted(EXPONENT_BY_CURRENCY))
        raise SettingInvalid(f"currency {currency!r} is not known, expected one of {known}") from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in integer minor units (cents for USD, yen for JPY) of one currency."""

    amount_minor: int
    currency: str

    @classmethod
    def parse(cls, text: str | int | Decimal, currency: str) -> "Money":
        """Read a decimal such as "50.00"; raises SettingInvalid when it isn't one or has too many decimals."""
        try:
            scaled = Decimal(text).scaleb(exponent(currency))
        except InvalidOperation:
            raise SettingInvalid(f"amount {text!r} is not a decimal number, expected e.g. '50.00'") from None
        if not scaled.is_finite() or scaled != scaled.to_integral_value():
            raise SettingInvalid(f"amount {text!r} does not fit {currency}, which has {exponent(currency)} decimals")
        return cls(int(scaled), currency)

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount_minor + other.amount_minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(self.amount_minor - other.amount_minor, self.currency)

    def __str__(self) -> str:
        return f"{self.decimal} {self.currency}"

    @property
    def decimal(self) -> str:
        """The amount as a decimal string with all the currency's decimals, e.g. "50.00"."""
        places = exponent(self.currency)
        return f"{Decimal(self.amount_minor).scaleb(-places):.{places}f}"

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise SettingInvalid(f"amounts of {self.currency} and {other.currency} can't be combined")


def usd(text: str) -> Money:
    """Return `text` (a decimal such as "40.00") as US dollars."""
    return Money.parse(text, "USD")


def eur(text: str) -> Money:
    """Return `text` (a decimal such as "40.00") as euros."""
    return Money.parse(text, "EUR")
