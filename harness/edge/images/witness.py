"""Who sees what writes do: holds the items of a write, compares before and after, and tells the feed."""

import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from harness.edge.call import Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes, Item
from harness.edge.clock import EdgeClock
from harness.edge.images.doubts import Doubt, Doubts, Unseen
from harness.edge.images.intents import Intents
from harness.edge.images.reading import Found, read_item, read_items, read_table
from harness.edge.images.spots import Spot
from harness.edge.locks import Locks, table_lock
from harness.edge.tables import KeySchema
from harness.edge.upstream import Upstream, UpstreamRefused

_TRANSACTIONS = frozenset({"TransactWriteItems", "ExecuteTransaction"})
Seen = tuple[Spot, Item | None, Item | None]  # an item before and after


@dataclass(slots=True)
class Held:
    """The items that one write holds, and the number of its intent."""

    spots: Sequence[Spot]
    intent: int


class Witness:
    """Sees the writes of one edge."""

    def __init__(self, upstream: Upstream, feed: ChangeFeed, clock: EdgeClock, intents: Intents) -> None:
        self._upstream = upstream
        self._feed = feed
        self._clock = clock
        self._intents = intents
        self._tables = Locks()
        self._items = Locks()
        self.doubts = Doubts(self._look, intents.end)

    @asynccontextmanager
    async def writing(self, spots: Sequence[Spot]) -> AsyncIterator[Held]:
        """Let no other write come to these items; what was in doubt about them is settled first.

        The intent of a write that raises stays open, because nobody saw what it did.
        """
        namespace = spots[0].namespace
        tables = await self._tables.acquire(
            [table_lock(namespace, table) for table in {spot.table for spot in spots}], exclusively=False
        )
        try:
            async with self._items.held([spot.name for spot in spots], exclusively=True):
                for spot in spots:
                    doubt = self.doubts.of(spot)
                    if doubt is not None:
                        await self._settle_doubt(doubt)
                held = Held(spots, self._intents.begin(namespace, [(spot.table, spot.key) for spot in spots]))
                yield held
                if not self.doubts.concerns(held.intent):
                    self._intents.end(held.intent)
        finally:
            self._tables.release(tables, exclusively=False)

    @asynccontextmanager
    async def exclusive(self, namespace: Namespace, tables: Iterable[str]) -> AsyncIterator[None]:
        """Hold back every write to these tables."""
        async with self._tables.held([table_lock(namespace, table) for table in tables], exclusively=True):
            yield

    async def read(self, spots: Sequence[Spot]) -> Found | None:
        """Return the items that are there, None when the upstream does not tell."""
        try:
            return await read_items(self._upstream, spots)
        except UpstreamRefused:
            return None

    async def read_tables(self, namespace: Namespace, schemas: Mapping[str, KeySchema]) -> Found:
        """Return all items of some tables; raises UpstreamRefused."""
        found: Found = {}
        for table, schema in schemas.items():
            found |= await read_table(self._upstream, namespace, table, schema)
        return found

    async def settle(self, held: Held, before: Found | None, cause: Cause, *, certain: bool) -> bool | None:
        """Publish what a write did, by reading its items again; tell whether it did anything, None for unknown.

        `before` is None when that is not known: then the items are published as they are, as if new. A write that is
        not `certain` to be over is looked at once more.
        """
        after = await self.read(held.spots)
        if after is None:
            self._doubt(held, cause, {spot.name: "unseen" for spot in held.spots})
            return None
        seen = [(spot, before.get(spot.name) if before else None, after.get(spot.name)) for spot in held.spots]
        changed = self.publish(seen, cause, even_equal=before is None)
        if not certain:
            self._doubt(held, cause, {spot.name: after.get(spot.name) for spot in held.spots})
        return changed

    def publish(self, seen: Sequence[Seen], cause: Cause, *, even_equal: bool = False) -> bool:
        """Tell the feed of the items that are not as they were; tell whether there are any."""
        by_table: dict[tuple[Namespace, str], list[Change]] = defaultdict(list)
        for spot, before, after in seen:
            if even_equal or before != after:
                key = spot.schema.key_of(after or before or spot.key)
                by_table[spot.namespace, spot.table].append(Change(key, before, after))
        transaction = secrets.token_hex(8) if by_table and cause.operation in _TRANSACTIONS else ""
        now_s = self._clock.now_s()
        for (namespace, table), changes in by_table.items():
            self._feed.publish(Changes(namespace, table, now_s, tuple(changes), cause, transaction))
        return bool(by_table)

    def _doubt(self, held: Held, cause: Cause, seen: Mapping[tuple[str, ...], "Item | Unseen | None"]) -> None:
        for spot in held.spots:
            self.doubts.add(Doubt(spot, cause, seen[spot.name], held.intent))

    async def _look(self, doubt: Doubt) -> bool:
        async with self._items.held([doubt.spot.name], exclusively=True):
            return self.doubts.of(doubt.spot) is not doubt or await self._settle_doubt(doubt)

    async def _settle_doubt(self, doubt: Doubt) -> bool:
        """Read an item in doubt again, and publish it when it is not as it was seen; tell whether that is settled."""
        try:
            item = await read_item(self._upstream, doubt.spot)
        except UpstreamRefused:
            return False
        self.doubts.settle(doubt)
        before = None if doubt.seen == "unseen" else doubt.seen
        self.publish([(doubt.spot, before, item)], doubt.cause, even_equal=doubt.seen == "unseen")
        return True
