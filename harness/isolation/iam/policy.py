"""Policy documents as values. Source: IAM user guide, "Grammar of the IAM JSON policy language" (documented)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Condition:
    """One line of a condition block: all of them must hold, and of `values` one."""

    operator: str  # as written: ForAllValues:StringLike
    key: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. Of `actions` and `not_actions` one is given, as of resources; `sid` may be ""."""

    effect: str
    actions: tuple[str, ...] = ()
    not_actions: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    not_resources: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    sid: str = ""

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> "Statement":
        """Read a statement; raises ValueError for one whose effect is neither Allow nor Deny."""
        if told.get("Effect") not in ("Allow", "Deny"):
            raise ValueError(f"a statement's Effect is {told.get('Effect')!r}, expected Allow or Deny")
        block = told.get("Condition") or {}
        return cls(
            told["Effect"],
            _texts(told.get("Action")),
            _texts(told.get("NotAction")),
            _texts(told.get("Resource")),
            _texts(told.get("NotResource")),
            tuple(
                Condition(operator, key, _texts(values))
                for operator, keys in block.items()
                for key, values in keys.items()
            ),
            told.get("Sid", ""),
        )


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's statements, and its name for people."""

    name: str
    statements: tuple[Statement, ...]

    @classmethod
    def parse(cls, name: str, document: Mapping[str, Any] | str) -> "Policy":
        """Read a document: parsed, as JSON, or as JSON that is percent-encoded, as IAM's API gives it."""
        if isinstance(document, str):
            document = json.loads(unquote(document) if document.lstrip().startswith("%") else document)
        told = document.get("Statement", [])  # type: ignore[union-attr]
        return cls(name, tuple(Statement.parse(one) for one in ([told] if isinstance(told, Mapping) else told)))


def _texts(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, bool):
        return ("true" if value else "false",)
    return tuple(_texts(one)[0] for one in value) if isinstance(value, (list, tuple)) else (str(value),)
