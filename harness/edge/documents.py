"""Reads the fields of rules and settings strictly: types are not guessed, and a typo never silently does nothing."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from harness.errors import SettingInvalid, did_you_mean


class RuleInvalid(SettingInvalid):
    """A rule or setting says something that nothing can be done with."""


def a_text(document: Mapping[str, Any], name: str, default: str = "") -> str:
    """Return a text field. Raises RuleInvalid."""
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise RuleInvalid(f"{name} is {value!r}, expected a text (put it into quotes)")
    return value


def a_number(
    document: Mapping[str, Any], name: str, default: Any, *, at_least: float = 0, at_most: float = math.inf
) -> Any:
    """Return a number field, whole or not. Raises RuleInvalid."""
    value = document.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RuleInvalid(f"{name} is {value!r}, expected a number")
    within(name, value, at_least, at_most)
    return value


def an_integer(
    document: Mapping[str, Any], name: str, default: Any, *, at_least: float = 0, at_most: float = math.inf
) -> Any:
    """Return a whole number field. Raises RuleInvalid."""
    value = document.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise RuleInvalid(f"{name} is {value!r}, expected a whole number")
    within(name, value, at_least, at_most)
    return value


def a_truth(document: Mapping[str, Any], name: str) -> bool:
    """Return a field that is true or false, false when it is missing. Raises RuleInvalid."""
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise RuleInvalid(f"{name} is {value!r}, expected true or false")
    return value


def an_object(value: Any, name: str) -> Mapping[str, Any]:
    """Return a JSON object. Raises RuleInvalid."""
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise RuleInvalid(f"{name} is {value!r}, expected an object")
    return value


def texts(value: Any, name: str) -> tuple[str, ...]:
    """Return a text, or a list of them, as several. Raises RuleInvalid."""
    several = value if isinstance(value, list) else [value]
    if not several or not all(isinstance(one, str) for one in several):
        raise RuleInvalid(f"{name} is {value!r}, expected a text or a list of texts (numbers go into quotes)")
    return tuple(several)


def within(name: str, value: float, at_least: float, at_most: float) -> None:
    """Raise RuleInvalid when a number is out of bounds."""
    if not at_least <= value <= at_most:
        bounds = f"at least {at_least:g}" if at_most == math.inf else f"{at_least:g} to {at_most:g}"
        raise RuleInvalid(f"{name} is {value!r}, expected {bounds}")


def known(document: Mapping[str, Any], names: Iterable[str], where: str) -> None:
    """Raise RuleInvalid when a document has a field of another name."""
    expected = tuple(names)
    for name in document:
        if name not in expected:
            raise RuleInvalid(
                f"{where} has no field {name!r}{did_you_mean(name, expected)}, it has {', '.join(expected)}"
            )
