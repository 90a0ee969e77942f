"""Histories as JSON lines: one line for the history itself, then one for every operation and every final read.

Readable with any tool, and exact: reading what was written gives an equal value. Fields that hold their default are
left out.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from typing import Any, get_args, get_type_hints

from harness.errors import RehearsalError
from harness.history.finals import FinalReads
from harness.history.operation import Operation
from harness.history.value import History

FORMAT = 1
_NAMED_FOR_WHAT = re.compile("Record$|Entry$")


def _kinds() -> dict[str, tuple[str, type[Any]]]:
    """Return each kind of line with its field of the final reads and its record: PaymentRecord is a `payment`."""
    found: dict[str, tuple[str, type[Any]]] = {}
    for name, hint in get_type_hints(FinalReads).items():
        several, _ = get_args(hint)
        record = get_args(several)[0]
        found[_NAMED_FOR_WHAT.sub("", record.__name__).lower()] = (name, record)
    return found


_KINDS = _kinds()


class HistoryUnreadable(RehearsalError):
    """A line of a history file is not what this version writes."""


def to_json_lines(history: History) -> str:
    """Return the history as JSON lines, ending in a newline."""
    read = [kind for kind, (name, _) in _KINDS.items() if getattr(history.finals, name) is not None]
    head = {"line": "history", "format": FORMAT, "name": history.name, "seed": history.seed, "read": read}
    lines = [head, *(_line("operation", operation) for operation in history.operations)]
    for kind in read:
        lines.extend(_line(kind, record) for record in getattr(history.finals, _KINDS[kind][0]))
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def from_json_lines(text: str) -> History:
    """Read a history; raises HistoryUnreadable with the line's number."""
    lines = list(_parsed(text))
    if not lines or lines[0][1].get("line") != "history":
        raise HistoryUnreadable('line 1 is not the history\'s own, expected {"line": "history", …}')
    head = lines[0][1]
    if head.get("format") != FORMAT:
        raise HistoryUnreadable(f"the history has format {head.get('format')!r}, expected {FORMAT}")
    operations: list[Operation] = []
    records: dict[str, list[Any]] = {kind: [] for kind in head["read"]}
    for number, line in lines[1:]:
        kind = line.pop("line", None)
        if kind == "operation":
            operations.append(_built(Operation, line, number))
        elif kind in records:
            records[kind].append(_built(_KINDS[kind][1], line, number))
        else:
            raise HistoryUnreadable(f"line {number} is of kind {kind!r}, expected operation or one of {head['read']}")
    finals = FinalReads(**{_KINDS[kind][0]: tuple(found) for kind, found in records.items()})
    return History(tuple(operations), finals, head.get("seed"), head.get("name", ""))


def _line(kind: str, record: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"line": kind}
    for field in fields(record):
        value = getattr(record, field.name)
        default = field.default_factory() if field.default_factory is not MISSING else field.default
        if value != default:
            told[field.name] = dict(value) if isinstance(value, Mapping) else value
    return told


def _parsed(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as problem:
            raise HistoryUnreadable(f"line {number} is not JSON: {problem}") from problem
        if not isinstance(value, dict):
            raise HistoryUnreadable(f"line {number} holds {type(value).__name__}, expected an object")
        yield number, value


def _built(record: type[Any], values: Mapping[str, Any], number: int) -> Any:
    names: Iterable[str] = {field.name for field in fields(record)}
    unknown = sorted(set(values) - set(names))
    if unknown:
        raise HistoryUnreadable(f"line {number} has unknown fields {', '.join(unknown)}")
    try:
        return record(**values)
    except TypeError as problem:
        raise HistoryUnreadable(f"line {number} lacks a field: {problem}") from problem
