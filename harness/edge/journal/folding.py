"""Folding: the oldest segment becomes part of a snapshot, so that the journal stays within its bound.

The past before the snapshot is gone then, which `DescribeContinuousBackups` tells. A snapshot is written beside and
renamed when it is whole, and only then the segment goes: a process that dies in between loses nothing.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from harness.edge.journal.index import Index
from harness.edge.journal.lines import documents, framed
from harness.edge.journal.reading import apply

Items = dict[int, dict[str, bytes]]


def fold(former: Path | None, segment: Path, target: Path) -> float:
    """Write the snapshot of a former one and a segment that is full; return the last instant it holds.

    Raises OSError when it can't be written, LineDamaged when a file was tampered with; the old files stay as they are.
    """
    index = Index()
    items: Items = {}
    for record in _records(former):
        if record["kind"] == "snapshot":
            index, items = Index.of_json(record), {}
        else:
            items.setdefault(record["g"], {})[record["key"]] = orjson.dumps(record["item"])
    for record in _records(segment):
        index.apply(record)
        if generation := index.generations.get(record.get("g", 0)):
            apply(items.setdefault(generation.number, {}), record)
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        for record in _snapshot(index, items):
            file.write(framed(record))
    part.rename(target)
    return index.last_at_s


def _snapshot(index: Index, items: Items) -> Iterator[dict[str, Any]]:
    yield {"kind": "snapshot", **index.to_json()}
    for number, generation in index.generations.items():
        # Of a table whose whole content is not known, what is known is of no use: a baseline will come.
        if generation.gone_at_s is None and generation.known_from_s is not None:
            for key, item in items.get(number, {}).items():
                yield {"g": number, "kind": "item", "key": key, "item": orjson.Fragment(item)}


def _records(path: Path | None) -> Iterator[dict[str, Any]]:
    if path is None:
        return
    with path.open("rb") as file:
        for document in documents(file, path.stat().st_size):
            yield orjson.loads(document)
