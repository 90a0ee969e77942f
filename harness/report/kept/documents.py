"""Frozen dataclasses as JSON documents with a format number, and back.

Fields that this version does not know are ignored and fields that are absent have their defaults, so that a page can
be made of a run that a neighbouring version kept. A field of the wrong type is told with its path.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from harness.errors import RehearsalError

FORMAT = 1
Record = TypeVar("Record")


class RunUnreadable(RehearsalError):
    """A file of a run's folder is not what a run keeps."""


def document_of(record: Any) -> dict[str, Any]:
    """Return a dataclass as a JSON-ready document."""
    return {"format": FORMAT, **asdict(record)}


def read_document(kind: type[Record], text: str, *, name: str) -> Record:
    """Read a document; `name` is what errors call it. Raises RunUnreadable."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError as problem:
        raise RunUnreadable(f"{name} is not JSON: {problem}") from problem
    if not isinstance(values, dict):
        raise RunUnreadable(f"{name} holds {type(values).__name__}, expected an object")
    if values.get("format") != FORMAT:
        raise RunUnreadable(f"{name} has format {values.get('format')!r}, expected {FORMAT}")
    read: Record = _built(kind, values, name)
    return read


def _built(kind: Any, values: Any, path: str) -> Any:
    if not isinstance(values, Mapping):
        raise RunUnreadable(f"{path} holds {type(values).__name__}, expected an object")
    types = get_type_hints(kind)
    known: dict[str, Any] = {}
    for field in fields(kind):
        if field.name in values:
            known[field.name] = _value(types[field.name], values[field.name], f"{path}: {field.name}")
        elif field.default is MISSING and field.default_factory is MISSING:
            raise RunUnreadable(f"{path} lacks {field.name}")
    return kind(**known)


def _value(kind: Any, value: Any, path: str) -> Any:
    origin = get_origin(kind)
    if hasattr(kind, "__dataclass_fields__"):
        return _built(kind, value, path)
    if origin is tuple:
        if not isinstance(value, list):
            raise RunUnreadable(f"{path} holds {type(value).__name__}, expected an array")
        return tuple(_value(get_args(kind)[0], one, f"{path}[{index}]") for index, one in enumerate(value))
    if origin is not None:
        if not isinstance(value, dict):
            raise RunUnreadable(f"{path} holds {type(value).__name__}, expected an object")
        return value
    return _plain(kind, value, path)


def _plain(kind: Any, value: Any, path: str) -> Any:
    if kind is float and isinstance(value, int):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise RunUnreadable(f"{path} holds {value!r}, expected {kind.__name__}")
    return value
