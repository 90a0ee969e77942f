"""Card numbers and keys are taken out; what only looks like one stays."""

import pytest

from harness.report.masking import masked, masked_values


@pytest.mark.parametrize(
    "number", ["4242424242424242", "4242 4242 4242 4242", "4000-0000-0000-0002", "378282246310005", "3782 822463 10005"]
)
def test_card_number_is_taken_out_when_it_passes_luhn(number: str) -> None:
    assert masked(f"card={number!r}, amount 40.00") == "card='[card number]', amount 40.00"


@pytest.mark.parametrize(
    "text",
    [
        "4242424242424241",  # fails Luhn's check
        "seed 3777617957 40.00",
        "ch_4242424242424242abc",  # a part of a longer name
        "12.4242424242424242",
        "2026-11-21T11:55:49.302000Z",
        "1234567890123452",  # no network begins with 1
    ],
)
def test_text_stays_when_it_holds_no_card_number(text: str) -> None:
    assert masked(text) == text


def test_keys_are_taken_out_when_the_run_knows_them() -> None:
    kept = masked_values({"x-api-key": ["key-12345678"], "key-12345678": 7}, ["key-12345678", "", "a"])

    assert kept == {"x-api-key": ["[api key]"], "[api key]": 7}
