"""Money is whole minor units of one currency."""

import pytest

from harness.errors import SettingInvalid
from harness.units import Money, eur, usd


@pytest.mark.parametrize(
    ("text", "currency", "amount_minor"),
    [("50.00", "USD", 5000), ("0.01", "EUR", 1), ("7", "JPY", 7), ("1.234", "KWD", 1234), ("-3.5", "USD", -350)],
)
def test_amount_is_minor_units_when_text_is_decimal(text: str, currency: str, amount_minor: int) -> None:
    assert Money.parse(text, currency) == Money(amount_minor, currency)


@pytest.mark.parametrize(
    ("text", "currency"),
    [("0.001", "USD"), ("1.5", "JPY"), ("abc", "USD"), ("NaN", "USD"), ("Infinity", "USD"), ("1", "XXX")],
)
def test_amount_is_refused_when_it_does_not_fit_the_currency(text: str, currency: str) -> None:
    with pytest.raises(SettingInvalid):
        Money.parse(text, currency)


def test_text_has_all_decimals_when_printed() -> None:
    assert [str(usd("5")), str(Money(700, "JPY")), str(Money(-5, "EUR"))] == ["5.00 USD", "700 JPY", "-0.05 EUR"]


def test_sum_is_exact_when_currencies_agree() -> None:
    assert usd("0.10") + usd("0.20") - usd("0.30") == usd("0")


def test_sum_is_refused_when_currencies_differ() -> None:
    with pytest.raises(SettingInvalid):
        usd("1") + eur("1")
