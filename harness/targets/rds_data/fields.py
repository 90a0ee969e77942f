"""Values as the Data API answers them: fields of records, or one JSON text of them all.

A value arrives in PostgreSQL's text format and leaves as the member of a field that its type asks for. Source: the
user guide's tables of types, for records and for JSON (documented); fractions of seconds (none, three or six digits),
instants in UTC without a zone, and the refusal of NaN and infinity are reported.
"""

import base64
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from psycopg import pq
from psycopg.adapt import Transformer

from harness.targets.rds_data.refused import bad_request, unsupported
from harness.targets.rds_data.session import Row
from harness.targets.rds_data.types import Kind, Type

_TEXT_ARRAY_OID = 1009
_LONG_MIN, _LONG_MAX = -(2**63), 2**63 - 1
_FRACTION = re.compile(r"\.(\d{1,6})")
_ZONE = re.compile(r"[+-]\d{2}(:\d{2}){0,2}$")
_LISTS = {Kind.BOOLEAN: "booleanValues", Kind.LONG: "longValues", Kind.DOUBLE: "doubleValues"}
Value = bool | int | float | str | bytes
Read = Callable[[str], Value]


@dataclass(frozen=True, slots=True)
class Options:
    """How numbers are answered (the call's `resultSetOptions`)."""

    longs_as_text: bool = False
    decimals_as_numbers: bool = False

    @classmethod
    def of(cls, given: Any) -> "Options":
        """Read a call's options. Raises Refused for unknown ones."""
        if given is None:
            return cls()
        if not isinstance(given, dict):
            raise bad_request("resultSetOptions is no structure")
        longs, decimals = given.get("longReturnType", "LONG"), given.get("decimalReturnType", "STRING")
        if longs not in ("LONG", "STRING") or decimals not in ("STRING", "DOUBLE_OR_LONG"):
            raise bad_request("resultSetOptions has an unknown return type")
        return cls(longs == "STRING", decimals == "DOUBLE_OR_LONG")


def records(rows: Sequence[Row], types: Sequence[Type], options: Options) -> list[list[dict[str, Any]]]:
    """Return rows as lists of fields. Raises Refused for values that no field can hold."""
    as_fields = [_as_field(one, options) for one in types]
    null = {"isNull": True}
    return [
        [null if value is None else as_field(value.decode()) for as_field, value in zip(as_fields, row, strict=True)]
        for row in rows
    ]


def formatted(rows: Sequence[Row], names: Sequence[str], types: Sequence[Type], options: Options) -> str:
    """Return rows as the text of a JSON list of objects. Raises Refused, also when two columns share a name."""
    if len(set(names)) < len(names):
        # An object can't hold both; that AWS refuses it rather than drop one is assumed.
        raise bad_request("Two columns have the same name; give one another with AS")
    readers = [_as_json(one, options) for one in types]
    documents = [
        {
            name: None if value is None else read(value.decode())
            for name, read, value in zip(names, readers, row, strict=True)
        }
        for row in rows
    ]
    return orjson.dumps(documents).decode()


def _as_field(type_: Type, options: Options) -> Callable[[str], dict[str, Any]]:
    if type_.element is not None:
        return _as_array(type_.element, options)
    read = _reader(type_.kind, options)
    if type_.kind is Kind.BLOB:
        return lambda text: {"blobValue": base64.b64encode(bytes.fromhex(text[2:])).decode()}
    return lambda text: _field(read(text))


def _as_array(element: Type, options: Options) -> Callable[[str], dict[str, Any]]:
    read = _reader(element.kind, options)
    member = _LISTS.get(element.kind, "stringValues")
    if element.kind is Kind.LONG and options.longs_as_text:
        member = "stringValues"

    def as_array(text: str) -> dict[str, Any]:
        values = [None if one is None else read(one) for one in _elements(text)]
        if element.kind is Kind.DECIMAL and options.decimals_as_numbers:
            return {"arrayValue": _numbers(values)}
        return {"arrayValue": {member: values}}

    return as_array


def _as_json(type_: Type, options: Options) -> Callable[[str], Any]:
    if type_.kind is Kind.BLOB:
        return lambda text: base64.b64encode(bytes.fromhex(text[2:])).decode()
    read = _reader((type_.element or type_).kind, options)
    if type_.element is None:
        return read
    return lambda text: [None if one is None else read(one) for one in _elements(text)]


def _field(value: Value) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"booleanValue": value}
    if isinstance(value, int):
        return {"longValue": value}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}


def _numbers(values: list[Any]) -> dict[str, Any]:
    if any(isinstance(one, float) for one in values):
        return {"doubleValues": [None if one is None else float(one) for one in values]}
    return {"longValues": values}


def _reader(kind: Kind, options: Options) -> Read:
    if kind is Kind.LONG:
        return str if options.longs_as_text else int
    if kind is Kind.DECIMAL:
        return _number if options.decimals_as_numbers else str
    return _READERS.get(kind, str)


def _number(text: str) -> int | float:
    if text.lstrip("-").isdigit() and _LONG_MIN <= (whole := int(text)) <= _LONG_MAX:
        return whole
    return _double(text)  # with a fraction, or beyond a long (assumed)


def _double(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise unsupported("NaN and Infinity values are not supported")
    return value


def _clock(text: str) -> str:
    return _FRACTION.sub(_shortened, text)


def _shortened(found: re.Match[str]) -> str:
    digits = found.group(1).ljust(6, "0").rstrip("0")
    return f".{digits.ljust(3 if len(digits) <= 3 else 6, '0')}" if digits else ""


def _instant(text: str) -> str:
    if text.endswith("+00"):
        return _clock(text[:-3])
    if not _ZONE.search(text):
        return text  # infinity, or a year before Christ
    try:
        moment = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return _clock(moment.replace(tzinfo=None).isoformat(" "))


def _elements(text: str) -> list[str | None]:
    loader = Transformer().get_loader(_TEXT_ARRAY_OID, pq.Format.TEXT)
    elements: list[Any] = loader.load(text.encode())
    if any(isinstance(one, list) for one in elements):
        raise unsupported("The result contains a multidimensional array")  # reported
    return elements


_READERS: dict[Kind, Read] = {
    Kind.BOOLEAN: lambda text: text == "t",
    Kind.DOUBLE: _double,
    Kind.CLOCK: _clock,
    Kind.INSTANT: _instant,
}
