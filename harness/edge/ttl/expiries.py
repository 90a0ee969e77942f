"""When the items of one table expire: the soonest first, in bounded memory.

Of a table with more items than are kept, the soonest are; `horizon_s` says from which expiry on items may be missing
here, so that the table is read again when that time comes.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

from harness.edge.changes import Item
from harness.edge.journal.keys import identity

KEPT_MAX = 50_000
# An attribute further in the past is taken for a mistake (documented, "Using time to live (TTL) in DynamoDB").
TOO_OLD_S = 5 * 365.25 * 86_400


@dataclass(frozen=True, slots=True)
class Expiry:
    """An item's TTL attribute: epoch seconds, and the Number's text as the item has it."""

    at_s: float
    text: str
    key: Item


def expiry_of(item: Item | None, attribute: str, key: Item, now_s: float) -> Expiry | None:
    """Return when an item expires; None when it never does.

    Only Numbers count, and none that lies more than five years back (documented).
    """
    value = item.get(attribute) if item is not None else None
    text = value.get("N") if value is not None else None
    if text is None:
        return None
    try:
        at_s = float(text)
    except (ValueError, TypeError):
        return None
    return Expiry(at_s, text, key) if at_s >= now_s - TOO_OLD_S else None


def key_text(key: Item) -> str:
    """Return a key as people write it: `PK=a,SK=b`, in the order that it has; two keys may have one text."""
    return ",".join([f"{name}={next(iter(value.values()))}" for name, value in key.items()])


class Expiries:
    """The expiries of one table's items, by the identity of their keys."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self.horizon_s = float("inf")
        self._by_key: dict[str, Expiry] = {}
        self._heap: list[tuple[float, str]] = []  # entries of items that have changed since are skipped
        self._kept_max = kept_max

    def __len__(self) -> int:
        return len(self._by_key)

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def note(self, key: str, expiry: Expiry | None) -> None:
        """Keep what an item's expiry is now; None when it has none or is gone."""
        if expiry is None or (expiry.at_s >= self.horizon_s and len(self._by_key) >= self._kept_max // 2):
            self._by_key.pop(key, None)
            return
        known = self._by_key.get(key)
        self._by_key[key] = expiry
        if known is None or known.at_s != expiry.at_s:
            heapq.heappush(self._heap, (expiry.at_s, key))
        if len(self._by_key) > self._kept_max:
            self._drop_the_latest()
        elif len(self._heap) > 2 * len(self._by_key) + 64:
            self._order()

    def next_at_s(self) -> float:
        """Return the soonest expiry, or the horizon when it is sooner; infinite when there is none."""
        while self._heap and not self._is_current(*self._heap[0]):
            heapq.heappop(self._heap)
        return min(self._heap[0][0] if self._heap else float("inf"), self.horizon_s)

    def count_before(self, instant_s: float) -> int:
        """Return how many of the items kept here expire before an instant."""
        return sum(expiry.at_s < instant_s for expiry in self._by_key.values())

    def take(self, before_s: float, limit: int, matches: Callable[[str], bool] | None = None) -> list[Expiry]:
        """Remove and return up to `limit` items that expire before an instant, the soonest first."""
        if matches is not None:
            return self._take_matching(before_s, limit, matches)
        taken: list[Expiry] = []
        while self._heap and self._heap[0][0] < before_s and len(taken) < limit:
            at_s, key = heapq.heappop(self._heap)
            if self._is_current(at_s, key):
                taken.append(self._by_key.pop(key))
        return taken

    def put_back(self, expiry: Expiry) -> None:
        """Keep an item that was taken and is still there, unless it is known to have changed meanwhile."""
        key = identity(expiry.key)
        if key not in self._by_key:
            self.note(key, expiry)

    def clear(self) -> None:
        """Forget every item."""
        self.horizon_s = float("inf")
        self._by_key.clear()
        self._heap.clear()

    def _take_matching(self, before_s: float, limit: int, matches: Callable[[str], bool]) -> list[Expiry]:
        due = sorted(
            (one.at_s, key) for key, one in self._by_key.items() if one.at_s < before_s and matches(key_text(one.key))
        )
        return [self._by_key.pop(key) for _, key in due[:limit]]

    def _is_current(self, at_s: float, key: str) -> bool:
        known = self._by_key.get(key)
        return known is not None and known.at_s == at_s

    def _drop_the_latest(self) -> None:
        ordered = sorted(self._by_key.items(), key=lambda entry: entry[1].at_s)
        half = self._kept_max // 2
        self.horizon_s = min(self.horizon_s, ordered[half][1].at_s)
        self._by_key = dict(ordered[:half])
        self._order()

    def _order(self) -> None:
        self._heap = [(expiry.at_s, key) for key, expiry in self._by_key.items()]
        heapq.heapify(self._heap)
