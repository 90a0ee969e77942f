"""Reads a JSON body's fields strictly: types are not guessed, unknown fields are refused, nothing sent is repeated."""

import json
from collections.abc import Mapping
from typing import Any

from flask import request

from mock_gateway.money.cards import holds_card_number
from mock_gateway.problems import invalid

TEXT_LENGTH_MAX = 255
KEY_LENGTH_MAX = 255
METADATA_KEYS_MAX = 50
METADATA_KEY_LENGTH_MAX = 40
METADATA_VALUE_LENGTH_MAX = 500


def json_object(
    names: tuple[str, ...], *, required: tuple[str, ...] = (), may_be_empty: bool = False
) -> dict[str, Any]:
    """Return the request's body, a JSON object with no fields but `names`; raises Refused (400)."""
    sent = request.get_data(cache=False)
    if may_be_empty and not sent:
        return {}
    body = json_value(sent)
    if not isinstance(body, dict):
        raise invalid("the body must be a JSON object", code="body_invalid")
    for name in body:
        if name not in names:
            param = name if name.isidentifier() and len(name) <= 40 else None
            expected = ", ".join(names)
            raise invalid(
                f"there is a field too many, expected some of {expected}", code="parameter_unknown", param=param
            )
    for name in required:
        if body.get(name) is None:
            raise invalid(f"{name} is missing", code="parameter_missing", param=name)
    return body


def json_value(sent: bytes) -> Any:
    """Return what a body says in JSON; raises Refused (400), also for what Python alone reads: NaN and Infinity."""
    try:
        return json.loads(sent, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise invalid("the body is not JSON", code="body_invalid") from None


def _no_constant(_name: str) -> None:
    raise ValueError


def query(names: tuple[str, ...]) -> dict[str, str]:
    """Return the request's query parameters, none but `names`; raises Refused (400)."""
    unknown = [name for name in request.args if name not in names]
    if unknown:
        raise invalid(
            f"there is a query parameter too many, expected some of {', '.join(names)}", code="parameter_unknown"
        )
    return request.args.to_dict()


def text(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return a text field; raises Refused (400) when it is none, too long, or holds a card number."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, str) or len(value) > TEXT_LENGTH_MAX:
        raise invalid(f"{name} must be a text of at most {TEXT_LENGTH_MAX} characters", param=name)
    _encodable(value, name)
    return _without_card_number(value, name)


def metadata(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the metadata, a map of texts; raises Refused (400)."""
    value = body.get("metadata")
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > METADATA_KEYS_MAX:
        raise invalid(f"metadata must be an object with at most {METADATA_KEYS_MAX} fields", param="metadata")
    for name, one in value.items():
        if not isinstance(one, str) or len(one) > METADATA_VALUE_LENGTH_MAX or len(name) > METADATA_KEY_LENGTH_MAX:
            limits = f"names of {METADATA_KEY_LENGTH_MAX} and texts of {METADATA_VALUE_LENGTH_MAX} characters at most"
            raise invalid(f"metadata must have {limits}", param="metadata")
        _encodable(name + one, "metadata")
        _without_card_number(name, "metadata")
        _without_card_number(one, "metadata")
    return value


def idempotency_key() -> str:
    """Return the request's idempotency key, "" when it has none; raises Refused (400)."""
    key = request.headers.get("Idempotency-Key", "").strip()
    if len(key) > KEY_LENGTH_MAX:
        raise invalid(f"Idempotency-Key must have at most {KEY_LENGTH_MAX} characters", param="Idempotency-Key")
    return _without_card_number(key, "Idempotency-Key")


def whole_number(values: Mapping[str, str], name: str, default: int, *, at_least: int, at_most: int) -> int:
    """Return a whole number of the query; raises Refused (400)."""
    value = values.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.isdecimal() and len(value) <= 18 and at_least <= int(value) <= at_most):
        raise invalid(f"{name} must be a whole number between {at_least} and {at_most}", param=name)
    return int(value)


def _encodable(value: str, name: str) -> None:
    # JSON can escape halves of characters, which no database takes.
    try:
        value.encode()
    except UnicodeEncodeError:
        raise invalid(f"{name} holds half a character (a lone surrogate)", param=name) from None


def _without_card_number(value: str, name: str) -> str:
    if holds_card_number(value):
        raise invalid(f"{name} holds a card number; it belongs in card", code="card_number_misplaced", param=name)
    return value
