"""Reads a fault rule's fields strictly: types are not guessed, unknown fields are refused, nothing sent is repeated."""

import math
from collections.abc import Mapping
from typing import Any

from mock_gateway.problems import Refused, invalid


def read(
    document: Mapping[str, Any],
    name: str,
    expected: Any,
    default: Any,
    *,
    at_least: float = 0,
    at_most: float = math.inf,
) -> Any:
    """Return a field of a type, a number within bounds; the default when there is none. Raises Refused (400)."""
    value = document.get(name)
    if value is None:
        return default
    if not is_a(value, expected):
        raise invalid(f"{name} must be of type {named(expected)}", param=name)
    if not isinstance(value, str) and not at_least <= value <= at_most:
        raise invalid(f"{name} must be at least {at_least}{_up_to(at_most)}", param=name)
    return value


def _up_to(at_most: float) -> str:
    return "" if at_most == math.inf else f" and at most {at_most}"


def is_a(value: Any, expected: Any) -> bool:
    """Say whether a value is of a type; a bool is no number, and an integer is also a float."""
    if isinstance(value, bool) or expected == bool | None:
        return isinstance(value, bool) and expected == bool | None
    return isinstance(value, (int, float) if expected is float else expected)


def named(expected: Any) -> str:
    """Return what JSON calls a type."""
    return {int: "integer", float: "number", str: "string"}.get(expected, "boolean")


def value_of_text(text: str, expected: Any, name: str) -> Any:
    """Return the value of a type that a text stands for; raises Refused (400)."""
    if expected == bool | None:
        return {"true": True, "false": False}.get(text, text)
    try:
        return expected(text)
    except ValueError:
        raise invalid(f"{name} must be of type {named(expected)}", param=name) from None


def an_object(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object; raises Refused (400)."""
    if not isinstance(value, dict):
        raise invalid(f"{name} must be an object", param=name)
    return value


def known(document: Mapping[str, Any], names: tuple[str, ...], where: str) -> None:
    """Raise Refused (400) when a document has a field of another name."""
    for name in document:
        if name not in names:
            raise _unknown(name, names, where)


def _unknown(name: str, names: tuple[str, ...], where: str) -> Refused:
    message = f"{where} has no field of that name, expected some of {', '.join(names)}"
    return invalid(message, code="parameter_unknown", param=name if name.isidentifier() else where)
