"""How large items are: the bytes that reads and writes are charged for.

The rules are documented (DynamoDB developer guide, "DynamoDB item sizes and formats"), but for three things, which that
page gives as "approximately" or not at all: how a number's digits pair, the byte of a negative sign, and that a set
costs no more than its members. These are verified against DynamoDB Local. Takes AttributeValues as JSON has
them (binary as base64 text) or as SDKs do (binary as bytes).
Leaves out storage: each stored item and index entry adds 100 bytes there (documented), which units don't count
(DynamoDB Local counts them for entries of local indexes, which no page of AWS's says); and vector indexes, whose
attributes are billed by dimension.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Item = Mapping[str, Any]  # attribute name → AttributeValue in DynamoDB's JSON

ITEM_BYTES_MAX = 400 * 1024  # documented, "Quotas in Amazon DynamoDB"
DOCUMENT_BYTES = 3  # of a list or map, whatever is in it (documented)
ELEMENT_BYTES = 1  # of each element of a list or map (documented)
NUMBER_BYTES_MAX = 21  # verified against DynamoDB Local
_NUMBERS_KEPT_MAX = 4_096


def item_bytes(item: Item) -> int:
    """Return the size of an item in bytes: its attributes' names (UTF-8) and values."""
    # Written out for speed: the live path measures every item that is written, some of them twice.
    total = 0
    for name, value in item.items():
        total += len(name) if name.isascii() else len(name.encode())
        for kind, content in value.items():
            if kind == "S" and content.isascii():
                total += len(content)
            else:
                total += _BYTES[kind](content)
    return total


def value_bytes(attribute_value: Mapping[str, Any]) -> int:
    """Return the size of one AttributeValue in bytes, without its name.

    Raises KeyError for a type that DynamoDB has not, ValueError for what is no AttributeValue.
    """
    ((kind, content),) = attribute_value.items()
    return _BYTES[kind](content)


@lru_cache(maxsize=_NUMBERS_KEPT_MAX)
def number_bytes(text: str) -> int:
    """Return the size of a number in bytes: 1, 1 for two significant digits, and 1 for a negative sign, at most 21.

    Leading and trailing zeros don't count (documented). Digits pair from the decimal point on, so 12.3 takes two pairs
    and 1.23 too; a negative number has a byte more, unless its digits already take 20: verified against DynamoDB Local
    on thousands of values, not documented.
    """
    mantissa, _, exponent_text = text.strip().lower().partition("e")
    unsigned = mantissa.lstrip("+-")
    whole, _, fraction = unsigned.partition(".")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return 1
    lowest = (int(exponent_text) if exponent_text else 0) - len(fraction) + len(digits) - len(significant)
    highest = lowest + len(significant) - 1
    return min(NUMBER_BYTES_MAX, 1 + highest // 2 - lowest // 2 + 1 + mantissa.startswith("-"))


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _binary_bytes(content: str | bytes | bytearray) -> int:
    return len(content.rstrip("=")) * 3 // 4 if isinstance(content, str) else len(content)


def _one_byte(_content: object) -> int:
    return 1


def _list_bytes(elements: list[Mapping[str, Any]]) -> int:
    return DOCUMENT_BYTES + sum(ELEMENT_BYTES + value_bytes(element) for element in elements)


def _map_bytes(elements: Mapping[str, Mapping[str, Any]]) -> int:
    return DOCUMENT_BYTES + ELEMENT_BYTES * len(elements) + item_bytes(elements)


_BYTES: dict[str, Callable[[Any], int]] = {
    "S": _text_bytes,
    "N": number_bytes,
    "B": _binary_bytes,
    "BOOL": _one_byte,
    "NULL": _one_byte,
    "L": _list_bytes,
    "M": _map_bytes,
    "SS": lambda members: sum(map(_text_bytes, members)),
    "NS": lambda members: sum(map(number_bytes, members)),
    "BS": lambda members: sum(map(_binary_bytes, members)),
}
