"""What must never be read in a report is taken out before it is kept, and once more before it is shown.

Systems mask card numbers themselves; this is the second lock on the same door. An API key is taken out where the run
knows it. Leaves out secrets that nobody told it of: they can't be recognised.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

CARD_NUMBER = "[card number]"
API_KEY = "[api key]"
# Shorter keys would take words out of every sentence.
KEY_LENGTH_MIN = 8
# Networks begin with 3 to 6; written in one piece, in fours, or as American Express does (4-6-5).
_CANDIDATE = re.compile(
    r"(?<![\w.])(?:[3-6]\d{12,18}|[3-6]\d{3}([ -])\d{4}\1\d{4}\1\d{1,7}|3\d{3}([ -])\d{6}\2\d{5})(?![\w.]*\w)"
)


def masked(text: str, secrets: Iterable[str] = ()) -> str:
    """Return `text` without card numbers, and without `secrets`."""
    for secret in secrets:
        if len(secret) >= KEY_LENGTH_MIN:
            text = text.replace(secret, API_KEY)
    return _CANDIDATE.sub(lambda found: CARD_NUMBER if _is_card_number(found[0]) else found[0], text)


def masked_values(value: Any, secrets: Iterable[str] = ()) -> Any:
    """Return JSON-ready values with every text in them masked, names included."""
    if isinstance(value, str):
        return masked(value, secrets)
    if isinstance(value, Mapping):
        return {masked(str(name), secrets): masked_values(one, secrets) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [masked_values(one, secrets) for one in value]
    return value


def _is_card_number(text: str) -> bool:
    """Tell whether the digits pass Luhn's check, as card numbers do (source: ISO/IEC 7812-1, annex B)."""
    digits = [int(one) for one in text if one.isdigit()]
    doubled = (digit * 2 - 9 if digit > 4 else digit * 2 for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
