"""Tell whether text holds a card number, so that it can be refused before it reaches a log or a table."""

import re

# Issuer prefixes 2–6; a number such as an epoch in milliseconds (1…) is none.
_RUN = re.compile(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)")


def holds_card_number(text: str) -> bool:
    """Return whether 13 to 19 digits in a row, spaces and dashes aside, pass the Luhn check."""
    return any(_luhn([int(digit) for digit in run if digit.isdigit()]) for run in _RUN.findall(text))


def _luhn(digits: list[int]) -> bool:
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
