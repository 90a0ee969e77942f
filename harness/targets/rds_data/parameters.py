"""A parameter of the Data API as PostgreSQL is to get it: text of a type.

Strings are of type `text` unless a hint says otherwise, so `id = :id` needs a cast or a hint where `id` is an integer
or a UUID. Source: the service's model for hints and formats (documented); that strings arrive as `text` follows from
what Aurora answers ("operator does not exist: integer = text"; reported); that longs are `bigint`, doubles
`double precision` and nulls of no type is assumed.
"""

import base64
import binascii
import json
import re
import uuid
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from harness.targets.rds_data.refused import Refused, bad_request, database_error

BOOL, BYTEA, INT8, TEXT, JSON, FLOAT8 = 16, 17, 20, 25, 114, 701
DATE, TIME, TIMESTAMP, NUMERIC, UUID = 1082, 1083, 1114, 1700, 2950
UNTYPED = 0
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1


class Bound(NamedTuple):
    """A value in PostgreSQL's text format (None: null) and the type that it is sent as."""

    type_oid: int
    text: bytes | None


def bound(name: str, value: Any, hint: str | None) -> Bound:
    """Return what a parameter is sent as. Raises Refused when the value or its hint can't be understood."""
    if not isinstance(value, Mapping) or len(value) != 1:
        raise bad_request(f"Parameter {name} must have exactly one value")
    ((kind, given),) = value.items()
    if hint is not None and hint not in _HINTS:
        raise bad_request(f"Parameter {name} has the unknown type hint {hint}")
    if kind == "isNull":
        return Bound(_HINTS[hint].type_oid if hint else UNTYPED, None)
    if kind == "arrayValue":
        raise bad_request("Array parameters are not supported.")  # documented, its words are assumed
    if kind not in _KINDS:
        raise bad_request(f"Parameter {name} has a value of the unknown kind {kind}")
    if hint is not None and kind == "stringValue":
        return _hinted(name, given, hint)
    expected, as_bound = _KINDS[kind]
    if not isinstance(given, expected) or (isinstance(given, bool) and kind != "booleanValue"):
        raise bad_request(f"Parameter {name} has no {kind}")
    return as_bound(given)


class _Hint(NamedTuple):
    type_oid: int
    pattern: re.Pattern[str]
    check: Callable[[str], object]
    told: str


def _hinted(name: str, given: Any, hint: str) -> Bound:
    type_oid, pattern, check, told = _HINTS[hint]
    text = given if isinstance(given, str) else ""
    try:
        if not pattern.fullmatch(text):
            raise ValueError  # noqa: TRY301
        check(text)
    except (ValueError, InvalidOperation):
        raise bad_request(f"{told}: parameter {name}") from None
    return Bound(type_oid, _encoded(text))


def _encoded(text: str) -> bytes:
    if "\0" in text:
        raise database_error("ERROR", 'invalid byte sequence for encoding "UTF8": 0x00', "22021")
    try:
        return text.encode()
    except UnicodeEncodeError:
        raise bad_request("A string holds half of a surrogate pair") from None


def _long(given: int) -> Bound:
    if not _LONG_MIN <= given <= _LONG_MAX:
        raise bad_request(f"{given} is no long")
    return Bound(INT8, b"%d" % given)


def _blob(given: str) -> Bound:
    try:
        return Bound(BYTEA, b"\\x" + base64.b64decode(given, validate=True).hex().encode())
    except (binascii.Error, ValueError) as problem:
        raise _malformed_blob() from problem


def _malformed_blob() -> Refused:
    return Refused("SerializationException", "a blob is no base64")


_KINDS: dict[str, tuple[type | tuple[type, ...], Callable[[Any], Bound]]] = {
    "stringValue": (str, lambda given: Bound(TEXT, _encoded(given))),
    "longValue": (int, _long),
    "doubleValue": ((int, float), lambda given: Bound(FLOAT8, repr(float(given)).encode())),
    "booleanValue": (bool, lambda given: Bound(BOOL, b"t" if given else b"f")),
    "blobValue": (str, _blob),
}

_CLOCK = r"\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?"
_HINTS: dict[str, _Hint] = {
    "DATE": _Hint(DATE, re.compile(r"\d{4}-\d{2}-\d{2}"), date.fromisoformat, "Date must be YYYY-MM-DD"),
    "TIME": _Hint(TIME, re.compile(_CLOCK), time.fromisoformat, "Time must be HH:MM:SS[.FFF]"),
    "TIMESTAMP": _Hint(
        TIMESTAMP,
        re.compile(r"\d{4}-\d{2}-\d{2} " + _CLOCK),
        datetime.fromisoformat,
        "Timestamp must be YYYY-MM-DD HH:MM:SS[.FFF]",
    ),
    "DECIMAL": _Hint(NUMERIC, re.compile(r"[+-]?[\d.]+(?:[eE][+-]?\d+)?"), Decimal, "Not a decimal number"),
    "JSON": _Hint(JSON, re.compile(r".+", re.DOTALL), json.loads, "Not a JSON document"),
    "UUID": _Hint(UUID, re.compile(r"[0-9a-fA-F-]{32,36}"), uuid.UUID, "Not a UUID"),
}
