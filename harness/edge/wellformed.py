"""Whether a request's JSON is JSON, and of the shape that its operation takes: else AWS says SerializationException.

Engines differ on nonsense: some answer 500, some break off half-way. That a body is a JSON object is looked at before a
call goes upstream; its members' types only when the engine has failed on it, because reading a model costs more than
a call. Source: botocore's service models; the error is documented for each JSON service ("Common Errors"), its words
are assumed. Leaves out REST and query protocols, whose bodies are what the operation makes of them.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from botocore.loaders import create_loader

from harness.edge.aws.models import model_of
from harness.edge.call import Call

CODE = "SerializationException"
MODELS_KEPT_MAX = 4  # whole ones, of megabytes each
_NO_OBJECT = "the body is no JSON object"
_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "character": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "integer": (int, float),
    "long": (int, float),
    "float": (int, float, str),
    "double": (int, float, str),
    "timestamp": (int, float, str),
}


def no_object(call: Call) -> str:
    """Return what is wrong with the body of a JSON protocol's call, "" when nothing is; cheap."""
    if not call.body or call.service == "execute-api" or isinstance(call.document, dict):
        return ""
    if call.header(b"content-encoding") or not call.header(b"x-amz-target"):
        return ""
    return _NO_OBJECT


def mistyped(call: Call) -> str:
    """Return the first member of the body that is of another type than the model says, "" when there is none; slow."""
    if not call.header(b"x-amz-target") or not isinstance(call.document, dict):
        return ""
    model = model_of(call.service, call.operation)
    raw = _raw(model.name) if model is not None else {}
    operation = raw.get("operations", {}).get(call.operation, {})
    shape = operation.get("input", {}).get("shape", "")
    return _mistyped(raw["shapes"], shape, call.document, "") if shape else ""


def _mistyped(shapes: Mapping[str, Any], name: str, value: Any, where: str) -> str:
    """Look at a value and all that it holds; without recursion, which a deep document would break."""
    pending: list[tuple[str, Any, str]] = [(name, value, where)]
    while pending:
        name, value, where = pending.pop()
        shape = shapes[name]
        kind = shape["type"]
        if value is None:
            continue
        # JSON's true is one of Python's integers.
        fits = isinstance(value, _TYPES.get(kind, (object,))) and (kind == "boolean" or not isinstance(value, bool))
        if not fits:
            return f"{where or 'the body'} is a JSON {type(value).__name__}, expected {_articled(kind)}"
        if kind == "structure":
            members = shape.get("members", {})
            pending += [(members[key]["shape"], one, f"{where}.{key}") for key, one in value.items() if key in members]
        elif kind == "list":
            pending += [(shape["member"]["shape"], one, f"{where}[{place}]") for place, one in enumerate(value)]
        elif kind == "map":
            pending += [(shape["value"]["shape"], one, f"{where}.{key}") for key, one in value.items()]
    return ""


def _articled(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


@lru_cache(maxsize=MODELS_KEPT_MAX)
def _raw(name: str) -> Mapping[str, Any]:
    raw: Mapping[str, Any] = create_loader().load_service_model(name, "service-2")
    return raw
