"""Figures, keys and names as people read them. Whatever clients chose (keys, tenants) comes out as one plain line."""

import math

from harness.masking import masked

KEY_LENGTH_MAX = 60


def told_number(value: float) -> str:
    """Return a number with thousands marked: `12,345`, `3.4`, `0.05`."""
    if math.isinf(value):
        return "∞"
    if value >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def told_share(part: float) -> str:
    """Return a share of 1.0 in percent: `71 %`, `0.4 %`, `<0.1 %`."""
    percent = part * 100
    if percent >= 1 or percent == 0:
        return f"{percent:,.0f} %"
    return f"{percent:.1f} %" if percent >= 0.1 else "<0.1 %"


def counted(number: int, noun: str) -> str:
    """Return `1 key`, `2,000 keys`."""
    plural = f"{noun}es" if noun.endswith("x") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


def told_key(key: str, length_max: int = KEY_LENGTH_MAX) -> str:
    """Return a key in one line, masked, without control characters, shortened in its middle where it is long."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in masked(key))
    if len(shown) <= length_max:
        return shown
    kept = length_max - 1
    return f"{shown[: kept - kept // 3]}…{shown[len(shown) - kept // 3 :]}"
