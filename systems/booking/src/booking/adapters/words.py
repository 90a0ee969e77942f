"""Kinds of fields that several forms have, with what each may hold."""

from typing import Annotated

from groundwork.money import EXPONENT_BY_CURRENCY
from msgspec import Meta

from booking.adapters.forms import ID_PATTERN

_LINE_END = r"(?![\n])$"  # Python's `$` alone lets a last line break through
Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=120,
        pattern=rf"^(?=.*\S)[^\x00-\x1f\x7f]*{_LINE_END}",
        description="one line, not blank",
    ),
]
Label = Annotated[str, Meta(max_length=64, pattern=rf"^[^\x00-\x1f\x7f]*{_LINE_END}", description="one line")]
Text = Annotated[str, Meta(max_length=2_000)]
Id = Annotated[str, Meta(pattern=ID_PATTERN, description="an id of this tenant")]
Email = Annotated[
    str,
    Meta(
        max_length=254,
        pattern=rf"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+\.[^@\s\x00-\x1f\x7f]+{_LINE_END}",
        description="an e-mail address",
    ),
]
Zone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="An IANA time zone.",
        extra_json_schema={"examples": ["America/Santiago", "Europe/Madrid"]},
    ),
]
Country = Annotated[str, Meta(pattern=rf"^[A-Z]{{2}}{_LINE_END}", description="two capital letters, ISO 3166-1")]
Currency = Annotated[
    str,
    Meta(
        pattern=rf"^[A-Z]{{3}}{_LINE_END}",
        description="three capital letters, ISO 4217",
        extra_json_schema={"enum": list(EXPONENT_BY_CURRENCY)},
    ),
]
Amount = Annotated[
    str, Meta(pattern=rf"^[0-9]{{1,12}}(\.[0-9]{{1,3}})?{_LINE_END}", description='a decimal as text, e.g. "25.00"')
]
Instant = Annotated[str, Meta(description="UTC, ISO 8601.", extra_json_schema={"format": "date-time"})]
