"""How a record lies in a file: one line, its CRC-32 in eight hex digits, a space, and a JSON document.

Lines can be read with any tool, and a line that was cut off or damaged is told from a whole one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from zlib import crc32

import orjson

_HEAD = 9  # the checksum and the space


class LineDamaged(Exception):
    """A line is not whole; everything before `offset` (bytes from the file's begin) is."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the line at byte {offset} is not whole")
        self.offset = offset


def framed(record: Mapping[str, Any]) -> bytes:
    """Return a record as a line."""
    document = orjson.dumps(record, default=_plain)
    return b"%08x %b\n" % (crc32(document), document)


def documents(file: BinaryIO, size: int) -> Iterator[bytes]:
    """Yield the documents of the first `size` bytes of a file; raises LineDamaged at the first line that is not whole.

    The file may grow meanwhile.
    """
    offset = 0
    while offset < size:
        line = file.readline()
        document = line[_HEAD:-1]
        whole = line.endswith(b"\n") and offset + len(line) <= size and line[8:_HEAD] == b" "
        if not whole or line[:8] != b"%08x" % crc32(document):
            raise LineDamaged(offset)
        yield document
        offset += len(line)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")
