"""What makes two keys the same item, and how people write a key."""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal
from fnmatch import fnmatchcase
from typing import Any

from harness.edge.changes import Item

_DIGITS = Context(prec=60)  # more than the 38 that DynamoDB keeps


def identity(key: Item, names: Sequence[str] = ()) -> str:
    """Return one text for one item, whatever the order of its key's attributes and the notation of its numbers.

    `names` are the key's attributes when `key` is a whole item.
    """
    parts = []
    for name in sorted(names or key):
        ((kind, value),) = key[name].items()
        plain = _number(value) if kind == "N" else value
        # With its length, because a text may hold whatever stands between two of them.
        parts.append(f"{name}\0{kind}{len(plain)}\0{plain}")
    return "\0".join(parts)


def text(key: Item, names: Sequence[str] = ()) -> str:
    """Return a key as people write it: `PK=a,SK=b`, the partition key first where `names` tells."""
    return ",".join(f"{name}={_scalar(key[name])}" for name in _ordered(key, names))


def fits(pattern: str, key: Item, names: Sequence[str] = ()) -> bool:
    """Return whether a key, or its values alone, fit a pattern (`PK=a,SK=*`, `a,*`)."""
    values = ",".join(_scalar(key[name]) for name in _ordered(key, names))
    return fnmatchcase(text(key, names), pattern) or fnmatchcase(values, pattern)


def _ordered(key: Item, names: Sequence[str]) -> Sequence[str]:
    return [name for name in names if name in key] or list(key)


def _scalar(value: Mapping[str, Any]) -> str:
    return str(next(iter(value.values())))


def _number(value: str) -> str:
    try:
        return str(_DIGITS.plus(Decimal(value)).normalize(_DIGITS))
    except ArithmeticError:  # no number, or one that no table takes
        return value
