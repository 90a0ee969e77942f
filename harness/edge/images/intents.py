"""What is kept of a write beforehand, so that its items are read again when the edge dies before it saw the effect.

A line goes to the operating system before each write, and says as well which earlier writes are over: so a crash leaves
those that were under way, and maybe some beside them that had just ended, which does no harm. Power loss is left out.
"""

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import orjson

from harness.edge.call import Namespace
from harness.edge.changes import Item

logger = logging.getLogger(__name__)

EMPTIED_FROM_BYTES = 1024 * 1024
_REAL_KEYS = ("AKIA", "ASIA")  # keys to accounts of AWS's own: never written down
LeftOver = tuple[int, Namespace, str, Item]  # the intent's number now, and the item's place


class Intents(Protocol):
    """Keeps which items are about to be written."""

    def begin(self, namespace: Namespace, items: Sequence[tuple[str, Item]]) -> int:
        """Keep that these items (table, key) are about to be written; return the intent's number. Must be quick."""

    def end(self, intent: int) -> None:
        """Forget it: what happened was published, or nothing happened."""

    def left_over(self) -> Sequence[LeftOver]:
        """Return the items that were about to be written when an earlier edge died, as intents still open."""

    def close(self) -> None:
        """Keep what never ended for the next edge."""


class NoIntents:
    """Keeps nothing."""

    def begin(self, namespace: Namespace, items: Sequence[tuple[str, Item]]) -> int:  # noqa: ARG002
        """Keep nothing."""
        return 0

    def end(self, intent: int) -> None:
        """Forget nothing."""

    def left_over(self) -> Sequence[LeftOver]:
        """Return none."""
        return ()

    def close(self) -> None:
        """Keep nothing."""


class IntentFile:
    """Keeps intents in a file, one that `path` names."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unended = _unended(path.read_bytes()) if path.exists() else []
        self._left = [(number, *left) for number, left in enumerate(unended, start=1)]
        self._last = len(unended)
        self._open = {number: _line(number, place, [(table, key)]) for number, place, table, key in self._left}
        self._over: list[bytes] = []
        self._failed = False
        self._file = self._anew(path)
        self._size = os.fstat(self._file).st_size

    def begin(self, namespace: Namespace, items: Sequence[tuple[str, Item]]) -> int:
        """Write down, in one go, what is over and what begins."""
        self._last += 1
        line = _line(self._last, namespace, items)
        if not self._open and self._size > EMPTIED_FROM_BYTES:
            self._empty()
        self._open[self._last] = line
        self._write(b"".join((*self._over, line)))
        self._over.clear()
        return self._last

    def end(self, intent: int) -> None:
        """Have the next line say that it is over; say it now when nothing else is under way."""
        if self._open.pop(intent, None) is not None:
            self._over.append(b"-%d\n" % intent)
            if not self._open and self._file >= 0:
                self._write(b"".join(self._over))
                self._over.clear()

    def left_over(self) -> Sequence[LeftOver]:
        """Return what an earlier edge left."""
        return self._left

    def close(self) -> None:
        """Leave in the file what never ended."""
        if self._file >= 0:
            self._empty()
            self._write(b"".join(self._open.values()))
            os.close(self._file)
            self._file = -1

    def _anew(self, path: Path) -> int:
        """Begin a file that holds what is open, in place of the old one; return it."""
        beside = path.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_bytes(b"".join(self._open.values()))
        beside.replace(path)
        return os.open(path, os.O_WRONLY | os.O_APPEND)

    def _empty(self) -> None:
        os.ftruncate(self._file, 0)
        self._size = 0
        self._over.clear()

    def _write(self, data: bytes) -> None:
        try:
            while data:
                written = os.write(self._file, data)
                self._size += written
                data = data[written:]
        except OSError as problem:
            if not self._failed:
                logger.warning("writes under way can't be noted any more, a crash may hide what they did: %s", problem)
            self._failed = True


def _line(number: int, namespace: Namespace, items: Sequence[tuple[str, Item]]) -> bytes:
    key = namespace.account if namespace.access_key.startswith(_REAL_KEYS) else namespace.access_key
    return b"+%d " % number + orjson.dumps([namespace.account, namespace.region, key, items]) + b"\n"


def _unended(content: bytes) -> list[tuple[Namespace, str, Item]]:
    """Return the items of intents that have no end; a last line that is cut off was never acted upon."""
    begun: dict[bytes, bytes] = {}
    for line in content.split(b"\n")[:-1]:
        number, _, document = line[1:].partition(b" ")
        if line.startswith(b"+"):
            begun[number] = document
        else:
            begun.pop(number, None)
    left: list[tuple[Namespace, str, Item]] = []
    for document in begun.values():
        try:
            account, region, key, items = orjson.loads(document)
            left += [(Namespace(account, region, key), table, item) for table, item in items]
        except ValueError as problem:
            logger.warning("a note of a write under way can't be read: %s", problem)
    return left
