"""Deletes what has expired: learns which tables have TTL, reads those that it does not know yet, then sweeps.

One sweep runs at a time, a bounded number of items a turn, and lets clients' calls pass between any two of them.
"""

import asyncio
import fnmatch
import logging
import time
from collections.abc import Callable, Iterable

from harness.edge.call import Namespace, Proceed
from harness.edge.clock import EdgeClock
from harness.edge.journal.keys import identity
from harness.edge.tables import Tables
from harness.edge.ttl.deleting import SystemDelete, delete
from harness.edge.ttl.expiries import Expiry, expiry_of
from harness.edge.ttl.lags import Lags
from harness.edge.ttl.settings import Settings
from harness.edge.ttl.streams import StreamMarks
from harness.edge.ttl.watched import WatchedTable
from harness.edge.upstream import Upstream, UpstreamRefused, ask

logger = logging.getLogger(__name__)

BATCH_ITEMS = 100
RETRY_AFTER_S = 1.0


class Sweeper:
    """Knows the watched tables and deletes their expired items. `behind` is where deletes go; set by the room."""

    def __init__(
        self,
        upstream: Upstream,
        schemas: Tables,
        clock: EdgeClock,
        lags: Lags,
        settings: Settings,
        expire: SystemDelete | None,
    ) -> None:
        self.behind: Proceed = upstream
        self.tables: dict[tuple[Namespace, str], WatchedTable] = {}
        self.marks = StreamMarks()
        self.lags = lags
        self.settings = settings
        self._schemas = schemas
        self._clock = clock
        self._expire = expire
        self._sweeping = asyncio.Lock()

    def watch(self, namespace: Namespace, table: str) -> WatchedTable:
        """Return a table, watched from now on."""
        known = self.tables.get((namespace, table))
        if known is None:
            known = self.tables[namespace, table] = WatchedTable(namespace, table)
        return known

    def next_due_s(self) -> float:
        """Return in how many seconds of the edge's clock something is due; infinite when nothing is."""
        tables = [one for one in self.tables.values() if one.attribute]
        soonest_s = min((one.expiries.next_at_s() + self.lag_s(one) for one in tables), default=float("inf"))
        return max(soonest_s - self._clock.now_s(), 0.0)

    def lag_s(self, table: WatchedTable) -> float:
        """Return a table's lag."""
        return self.lags.of(table.namespace, table.name)

    @property
    def deletes_as_the_system(self) -> bool:
        """Whether streams tell what is deleted here as TTL's own doing."""
        return self._expire is not None

    async def sweep(self) -> int:
        """Delete what is due: expired for longer than its table's lag. Return how many items were deleted."""
        async with self._sweeping:
            deleted = 0
            for table in await self._known(self.tables.values(), only_stale=True):
                if time.monotonic() >= table.retry_at_s:
                    deleted += await self._sweep_table(table, self._clock.now_s() - self.lag_s(table))
            return deleted

    async def sweep_now(self, chosen: Iterable[WatchedTable], ahead_s: float = 0.0, key: str = "") -> int:
        """Delete what has expired in these tables, however short ago, or will have in `ahead_s`; `key` may have globs.

        Settings are asked for anew. Returns how many items were deleted.
        """
        async with self._sweeping:
            deleted = 0
            for table in await self._known(chosen, only_stale=False):
                deleted += await self._sweep_table(table, self._clock.now_s() + ahead_s, _matching(key))
            return deleted

    async def _known(self, chosen: Iterable[WatchedTable], *, only_stale: bool) -> list[WatchedTable]:
        """Ask for settings and read tables where that is due; return those with TTL."""
        chosen = list(chosen)
        for table in chosen:
            if table.is_stale or not only_stale:
                await self._learn(table)
            if table.attribute and table.needs_scan:
                await self._scan(table)
        return [table for table in chosen if table.attribute]

    async def _learn(self, table: WatchedTable) -> None:
        try:
            table.learn(await self.settings.attribute_of(self.behind, table.namespace, table.name))
        except UpstreamRefused as refused:
            table.learn("")
            if refused.code == "ResourceNotFoundException":
                self.drop(table.namespace, table.name)

    async def _scan(self, table: WatchedTable) -> None:
        schema = await self._schemas.schema(table.namespace, table.name)
        try:
            if schema is not None:
                await table.scan(self.behind, schema, self._clock.now_s())
        except UpstreamRefused as refused:
            table.retry_at_s = time.monotonic() + RETRY_AFTER_S
            logger.warning("TTL can't read table %s: %s", table.name, refused.headline)

    async def _sweep_table(
        self, table: WatchedTable, before_s: float, matches: Callable[[str], bool] | None = None
    ) -> int:
        deleted_before = table.deleted
        was_read = False
        while table.attribute:
            batch = table.expiries.take(before_s, BATCH_ITEMS, matches)
            if batch and await self._delete_all(table, batch):
                was_read = False
                continue
            if batch or was_read or table.expiries.horizon_s >= before_s:
                break
            await self._scan(table)  # more items are due than were kept
            was_read = True
        return table.deleted - deleted_before

    async def _delete_all(self, table: WatchedTable, batch: list[Expiry]) -> bool:
        """Delete these items; after a failure put the rest back for later, and return False."""
        for position, expiry in enumerate(batch):
            if not await self._delete(table, expiry):
                for left in batch[position:]:
                    table.expiries.put_back(left)
                table.retry_at_s = time.monotonic() + RETRY_AFTER_S
                return False
            await asyncio.sleep(0)
        return True

    async def _delete(self, table: WatchedTable, expiry: Expiry) -> bool:
        """Delete an item if it still is what it was; return False when that has to be tried again."""
        if self._expire is not None:
            # Such an engine tells of every change: an item that is no longer what it was is known as it is now.
            table.deleted += self._expire(table.namespace, table.name, expiry.key, table.attribute, expiry.text)
            return True
        outcome = await delete(self.behind, table.namespace, table.name, table.attribute, expiry)
        if outcome == "deleted":
            table.deleted += 1
            self.marks.note(table.namespace, table.name, table.attribute, expiry, time.time())
        elif outcome == "changed":
            return await self._look_again(table, expiry)
        elif outcome == "table gone":
            self.drop(table.namespace, table.name)
        return outcome != "failed"

    async def _look_again(self, table: WatchedTable, expiry: Expiry) -> bool:
        """Learn what became of an item that somebody changed past the edge."""
        request = {"TableName": table.name, "Key": dict(expiry.key), "ConsistentRead": True}
        try:
            told = await ask(self.behind, table.namespace, "GetItem", request)
        except UpstreamRefused:
            return False
        fresh = expiry_of(told.get("Item"), table.attribute, expiry.key, self._clock.now_s())
        if fresh is not None and fresh.text == expiry.text:
            return False
        table.expiries.note(identity(expiry.key), fresh)
        return True

    def drop(self, namespace: Namespace, table: str) -> None:
        """Forget a table that is gone."""
        gone = self.tables.pop((namespace, table), None)
        if gone is not None:
            gone.learn("")
        self.settings.drop(namespace, table)
        self._schemas.forget(namespace)  # CloudFormation inside an engine makes tables anew past the edge


def _matching(key: str) -> Callable[[str], bool] | None:
    """Return what tells whether a canonical key (`PK=a,SK=b`) is meant by a glob over it, or over its values."""
    if not key:
        return None

    def matches(canonical: str) -> bool:
        values = ",".join(part.partition("=")[2] for part in canonical.split(","))
        return fnmatch.fnmatchcase(canonical, key) or fnmatch.fnmatchcase(values, key)

    return matches
