"""What clients were answered: the status of every answer with its code, and the shape of its document.

Polls come as often as a target is slow and retries as often as one is busy, so it counts whether an answer was seen,
not how often; how often something took effect is seen in the effects.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from harness.history import Operation
from harness.parity.masks import Mask
from harness.parity.sight import Question

TEXT_LENGTH_MAX = 80
_DEPTH_MAX = 6
_TYPE_NAMES = {str: "text", bool: "bool", int: "number", float: "number", type(None): "null"}
ERROR_STATUS_MIN = 400


def seen_in_answers(operations: tuple[Operation, ...], mask: Mask) -> Iterator[tuple[Question, str]]:
    """Give the status and, where there was a document, the shape of every answer."""
    for operation in operations:
        told = told_answer(operation, mask)
        yield Question("status", operation.action), told
        if operation.status_code is not None and operation.result:
            question = Question("shape", f"{operation.action} {_kind(operation, told)}")
            yield from ((question, field) for field in shape_of(operation.result))


def told_answer(operation: Operation, mask: Mask) -> str:
    """Return an answer in a few words: `409 slot_taken`, `202`, `no answer: ReadTimeout`."""
    if operation.completed_at_s is None:
        return "no end"
    if operation.status_code is None:
        return f"no answer: {operation.error.partition(':')[0] or operation.outcome}"
    return f"{operation.status_code} {_code(operation, mask)}".rstrip()


def shape_of(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    """Give the fields of a document with their types: `error.code: text`, `items[].start: text`, `metadata: {}`."""
    if isinstance(value, Mapping) and value and depth < _DEPTH_MAX:
        for name, one in value.items():
            yield from shape_of(one, f"{path}.{name}" if path else str(name), depth + 1)
    elif isinstance(value, (list, tuple)) and value and depth < _DEPTH_MAX:
        for one in value:
            yield from shape_of(one, f"{path}[]", depth + 1)
    else:
        empty = "{}" if isinstance(value, Mapping) else "[]" if isinstance(value, (list, tuple)) else ""
        yield f"{path}: {empty or _TYPE_NAMES.get(type(value), type(value).__name__)}"


def _kind(operation: Operation, told: str) -> str:
    """Return what answers of one shape have in common: an error's whole name, else the status it speaks of."""
    if (operation.status_code or 0) >= ERROR_STATUS_MIN:
        return told
    status = operation.result.get("status")
    return f"{told} {status}" if isinstance(status, str) else told


def _code(operation: Operation, mask: Mask) -> str:
    if (operation.status_code or 0) < ERROR_STATUS_MIN:
        return ""
    for holder in (operation.result.get("error"), operation.result.get("failure"), operation.result):
        if isinstance(holder, Mapping):
            for name in ("code", "message", "Message"):
                if isinstance(holder.get(name), str):
                    return mask(holder[name])[:TEXT_LENGTH_MAX]
    return ""
