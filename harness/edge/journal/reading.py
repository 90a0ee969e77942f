"""Reading the past out of the journal's files; runs beside the event loop, on files that were opened before.

Nothing here is kept in memory but what is asked for: one table's items at one instant, or some of its changes.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from harness.edge.journal import keys
from harness.edge.journal.files import Piece
from harness.edge.journal.index import Cut, Generation
from harness.edge.journal.lines import documents

_BEGIN_MAX = 96  # bytes; record number, instant and generation stand in front


@dataclass(frozen=True, slots=True)
class Content:
    """What a table held at an instant: its items as JSON texts, by the identity of their keys."""

    items: Mapping[str, bytes]

    @property
    def size_bytes(self) -> int:
        """Bytes of all items as JSON; about what DynamoDB would count."""
        return sum(map(len, self.items.values()))


def content(pieces: list[Piece], generation: Generation, cut: Cut) -> Content:
    """Return what a table held at a cut, and close the pieces. Raises LineDamaged when a file was tampered with."""
    items: dict[str, bytes] = {}
    for record in _records(pieces, generation.number):
        if record["kind"] == "item":
            items[record["key"]] = orjson.dumps(record["item"])
        elif cut.takes(record["n"], record["at"]):
            apply(items, record)
    return Content(items)


def apply(items: dict[str, bytes], record: Mapping[str, Any]) -> None:
    """Let a record of a table take effect on its items."""
    if record["kind"] == "changes":
        for change in record["changes"]:
            key = keys.identity(change["key"])
            if change["after"] is None:
                items.pop(key, None)
            else:
                items[key] = orjson.dumps(change["after"])
    elif record["kind"] == "baseline":
        items.clear()
        names = tuple(record["key"])
        items.update((keys.identity(item, names), orjson.dumps(item)) for item in record["items"])


def history(
    pieces: list[Piece], generation: Generation, wanted: Callable[[Mapping[str, Any]], bool], since_s: float, limit: int
) -> list[dict[str, Any]]:
    """Return the newest `limit` changes of a table, oldest first, of items whose keys are `wanted`."""
    found: deque[dict[str, Any]] = deque(maxlen=limit)
    for record in _records(pieces, generation.number):
        if record["kind"] == "changes" and record["at"] >= since_s:
            told = {name: record[name] for name in record if name not in _INNER}
            found.extend({**told, **change} for change in record["changes"] if wanted(change["key"]))
    return list(found)


_INNER = frozenset({"n", "g", "kind", "changes"})


def _records(pieces: list[Piece], number: int) -> Iterator[dict[str, Any]]:
    mark = b'"g":%d,' % number
    try:
        for piece in pieces:
            for document in documents(piece.file, piece.size):
                if mark in document[:_BEGIN_MAX]:
                    record = orjson.loads(document)
                    if record.get("g") == number:
                        yield record
    finally:
        for piece in pieces:
            piece.file.close()
