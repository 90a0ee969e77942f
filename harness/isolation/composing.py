"""Puts requests together: a route, the values of a tenant, a key, and what is smuggled in."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from harness.errors import SettingInvalid
from harness.isolation.document import Operation
from harness.isolation.exchange import Request
from harness.isolation.subject import Recipe, System, Values

_NAME_IN_PATH = re.compile(r"\{([^}]+)\}")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Added:
    """What is smuggled into a request: after its own query, headers and body, so that a name may stand there twice."""

    query: Pairs = ()
    headers: Pairs = ()
    body: Pairs = ()

    @classmethod
    def at(cls, place: str, *pairs: tuple[str, str]) -> "Added":
        """Return pairs in one place: query, headers or body."""
        return cls(**{place: pairs})


NOTHING = Added()


class Composer:
    """Composes requests to one system."""

    def __init__(self, system: System) -> None:
        self._system = system

    def request(
        self,
        operation: Operation,
        values: Values,
        key: str,
        *,
        raw_path: Mapping[str, str] | None = None,
        added: Added = NOTHING,
        key_header: str = "",
    ) -> Request:
        """Return a route's request with a tenant's values under a key; "" sends no key.

        `raw_path` are parts of the path that are already encoded.
        """
        recipe = self.recipe(operation)
        own_headers = tuple((name, filled(text, values)) for name, text in recipe.headers.items())
        key_pair = (((key_header or self._system.key_header), key),) if key else ()
        body = _body(recipe, values, added.body)
        return Request(
            operation.method,
            path_of(operation, values, raw_path or {}),
            (*((name, filled(text, values)) for name, text in recipe.query.items()), *added.query),
            (
                *key_pair,
                *own_headers,
                *((("content-type", "application/json"),) if body is not None else ()),
                *added.headers,
            ),
            body,
        )

    def recipe(self, operation: Operation) -> Recipe:
        """Return what a route's request holds: as the system's adapter says, else as its document does.

        Of the document's, required parameters of the query take the tenant's values by name; bodies are its examples.
        """
        known = self._system.recipes.get(operation.route)
        if known is not None:
            return known
        required = sorted(one.name for one in operation.parameters if one.place == "query" and one.required)
        return Recipe({name: f"{{{name}}}" for name in required}, operation.body)


def _body(recipe: Recipe, values: Values, added: Pairs) -> str | None:
    if recipe.body is None and not added:
        return None
    text = json.dumps(filled_body(recipe.body or {}, values), ensure_ascii=False)
    if not added:
        return text
    more = ", ".join(f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in added)
    inner = text[1:-1].strip()
    return "{" + (f"{inner}, {more}" if inner else more) + "}"


def path_of(operation: Operation, values: Values, raw: Mapping[str, str]) -> str:
    """Return a path with its parameters filled in and encoded; raises SettingInvalid for one without a value."""

    def fill(match: re.Match[str]) -> str:
        name = match[1]
        if name in raw:
            return raw[name]
        if name not in values:
            raise SettingInvalid(f"{operation.route} needs a value for {name}, and the tenant has none")
        return quote(values[name], safe="")

    return _NAME_IN_PATH.sub(fill, operation.path)


def filled(text: str, values: Values) -> str:
    """Return a text with `{name}` replaced by the value of that name; raises SettingInvalid for one without."""

    def fill(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise SettingInvalid(f"the text {text!r} needs a value for {match[1]}, and the tenant has none")
        return values[match[1]]

    return _PLACEHOLDER.sub(fill, text)


def filled_body(body: Any, values: Values) -> Any:
    """Return a body with its placeholders filled in."""
    if isinstance(body, str):
        return filled(body, values)
    if isinstance(body, Mapping):
        return {name: filled_body(one, values) for name, one in body.items()}
    return [filled_body(one, values) for one in body] if isinstance(body, list) else body


def placeholders(value: Any) -> frozenset[str]:
    """Return the names that a recipe's query or body takes values for."""
    if isinstance(value, str):
        return frozenset(_PLACEHOLDER.findall(value))
    if isinstance(value, Mapping):
        return frozenset().union(*(placeholders(one) for one in value.values())) if value else frozenset()
    if isinstance(value, (list, tuple)):
        return frozenset().union(*(placeholders(one) for one in value)) if value else frozenset()
    return frozenset()
