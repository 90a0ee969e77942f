"""Every kind of fault in words and numbers, for whoever offers them to people: taken from the classes themselves."""

import inspect
from dataclasses import MISSING, Field, fields
from typing import Any, get_type_hints

from mock_gateway.faults.fault import Fault
from mock_gateway.faults.reading import named
from mock_gateway.faults.registry import KINDS


def kind_documents() -> list[dict[str, Any]]:
    """Return what there is to know about each kind."""
    return [_document(kind) for kind in KINDS.values()]


def _document(kind: type[Fault]) -> dict[str, Any]:
    types = get_type_hints(kind)
    return {
        "kind": kind.kind,
        "does": inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0].replace("\n", " "),
        "phases": [phase.value for phase in kind.phases],
        "operations": list(kind.operations),
        "arguments": [_argument(one, types[one.name]) for one in fields(kind)],
    }


def _argument(one: "Field[Any]", expected: Any) -> dict[str, Any]:
    bounds = {name: one.metadata[name] for name in ("at_least", "at_most") if one.metadata.get(name) is not None}
    default = None if one.default is MISSING else one.default
    return {"name": one.name, "type": named(expected), "default": default, **bounds}
