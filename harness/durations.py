"""Durations as people write them: `90s`, `15m`, `1h30m`, `3d`, or ISO 8601's `PT2H`, `P1DT12H`.

Leaves out months and years, whose length depends on when they begin.
"""

import re

from harness.errors import SettingInvalid

# A clock further ahead than the card gateway's may be would part from it.
DURATION_S_MAX = 100 * 365.25 * 86_400
_S_BY_UNIT = {"w": 7 * 86_400, "d": 86_400, "h": 3_600, "m": 60, "s": 1}
_NUMBER = r"\d{1,12}(?:\.\d{1,9})?"
_SHORT = re.compile("".join(rf"(?:({_NUMBER}){unit})?" for unit in _S_BY_UNIT), re.ASCII | re.IGNORECASE)
_ISO = re.compile(
    rf"P(?:({_NUMBER})W)?(?:({_NUMBER})D)?(?:T(?=\d)(?:({_NUMBER})H)?(?:({_NUMBER})M)?(?:({_NUMBER})S)?)?",
    re.ASCII | re.IGNORECASE,
)
_EXPECTED = "expected e.g. 90s, 15m, 1h30m, 3d or PT2H"


def duration_s(value: object) -> float:
    """Return seconds from a text such as `1h30m` or `PT2H`, or from a number of seconds.

    Raises SettingInvalid, in words, for anything else, for negative durations and for more than 100 years.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise SettingInvalid(f"duration is {value!r}, {_EXPECTED}, or a number of seconds")
    seconds = _of_text(value.strip()) if isinstance(value, str) else float(value)
    if not 0 <= seconds <= DURATION_S_MAX:  # NaN is not within any bounds, either
        raise SettingInvalid(f"duration is {value!r}, expected from 0 to 100 years: time is never put back")
    return seconds


def duration_text(seconds: float) -> str:
    """Return seconds as people write them: `1h30m`, `2d`, `0s`; fractions to the millisecond."""
    whole, rest_s = divmod(round(abs(seconds), 3), 60)
    parts, units = [], (("d", 1440), ("h", 60), ("m", 1))
    left = int(whole)
    for unit, minutes in units:
        count, left = divmod(left, minutes)
        if count:
            parts.append(f"{count}{unit}")
    if rest_s or not parts:
        parts.append(f"{rest_s:.3f}".rstrip("0").rstrip(".") + "s")
    return ("-" if seconds < 0 else "") + "".join(parts)


def _of_text(text: str) -> float:
    if re.fullmatch(_NUMBER, text, re.ASCII):
        return float(text)
    found = _ISO.fullmatch(text) if text[:1] in ("P", "p") else _SHORT.fullmatch(text)
    if found is None or not any(found.groups()):
        if text.startswith("-"):
            raise SettingInvalid(f"duration is {text!r}, expected from 0 up: time is never put back")
        if re.fullmatch(rf"{_NUMBER}\s*(mo|month|months|y|year|years)", text, re.IGNORECASE):
            raise SettingInvalid(f"duration is {text!r}: months and years vary in length, give it in days, e.g. 30d")
        raise SettingInvalid(f"duration is {text!r}, {_EXPECTED}")
    return sum(
        float(count) * unit_s for count, unit_s in zip(found.groups(), _S_BY_UNIT.values(), strict=True) if count
    )
