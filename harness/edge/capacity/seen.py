"""The items of one table that were written or read lately, as they are: what their next calls are reckoned with.

Bounded by their size; the least lately seen go first.
"""

from collections.abc import Mapping
from typing import Any

Item = Mapping[str, Any]
BYTES_KEPT_MAX = 8 * 1024 * 1024
_ENTRY_BYTES = 100  # what is kept of an item that does not exist, about


class Seen:
    """Items with their sizes in bytes, by the canonical text of their key."""

    __slots__ = ("_bytes", "_bytes_max", "_items")

    def __init__(self, bytes_max: int = BYTES_KEPT_MAX) -> None:
        self._items: dict[str, tuple[Item | None, int]] = {}
        self._bytes = 0
        self._bytes_max = bytes_max

    def __len__(self) -> int:
        """Return how many items are known."""
        return len(self._items)

    def get(self, key: str) -> tuple[Item | None, int] | None:
        """Return an item as it was last seen and its size, (None, 0) if it did not exist; None when it wasn't seen."""
        return self._items.get(key)

    def note(self, key: str, item: Item | None, size_bytes: int) -> None:
        """Keep what became of an item."""
        former = self._items.pop(key, None)
        self._items[key] = (item, size_bytes)
        self._bytes += size_bytes - former[1] if former is not None else size_bytes + _ENTRY_BYTES
        while self._bytes > self._bytes_max and len(self._items) > 1:
            oldest = next(iter(self._items))
            self._bytes -= self._items.pop(oldest)[1] + _ENTRY_BYTES
