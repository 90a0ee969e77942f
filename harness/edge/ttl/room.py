"""The room `Lifetimes`: notices which tables have TTL and deletes their items some time after they expired.

AWS deletes within days ("typically within two days", documented), and code that believes otherwise serves what has
expired. So by default an item outlives its expiry by 48 hours of the edge's clock, the latest that is typical: what is
expired is still there, until the clock is advanced, the lag is set, or a sweep is asked for (see `admin`).

The engine keeps each table's setting, unless it would delete by itself (`Settings.held`). It is learned from
UpdateTimeToLive and DescribeTimeToLive that pass, and asked for at a table's first change and again from time to time,
because CloudFormation sets it inside an engine. Left out: that a change of the setting takes up to an hour on AWS.
"""

import asyncio
import logging
from collections.abc import Sequence

from starlette.routing import BaseRoute

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.changes import ChangeFeed, Changes, TableEvent
from harness.edge.clock import EdgeClock
from harness.edge.tables import Tables, table_name
from harness.edge.ttl import settings
from harness.edge.ttl.admin import LifetimesAdmin
from harness.edge.ttl.deleting import SystemDelete
from harness.edge.ttl.lags import Lags
from harness.edge.ttl.settings import Settings
from harness.edge.ttl.sweeper import Sweeper
from harness.edge.upstream import Upstream, UpstreamRefused

logger = logging.getLogger(__name__)

LAG_S_DEFAULT = 48 * 3600.0
LOOK_EVERY_S = 60.0  # for what came due without anybody telling


class Lifetimes(Room):
    """TTL over any engine. `expire` is an engine's own way to delete an expired item, `held` keeps settings from it."""

    def __init__(
        self,
        upstream: Upstream,
        tables: Tables,
        feed: ChangeFeed,
        clock: EdgeClock,
        *,
        lag_s: float = LAG_S_DEFAULT,
        expire: SystemDelete | None = None,
        held: Settings | None = None,
    ) -> None:
        self._clock = clock
        self._settings = held or Settings()
        self._sweeper = Sweeper(upstream, tables, clock, Lags(lag_s), self._settings, expire)
        self._admin = LifetimesAdmin(self._sweeper, clock, self._wake)
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._wakes_at_s = 0.0  # of the edge's clock
        self._by_operation = {
            "UpdateTimeToLive": self._update,
            "DescribeTimeToLive": self._describe,
            "CreateTable": self._begin_or_end_table,
            "DeleteTable": self._begin_or_end_table,
            "GetShardIterator": self._iterate,
            "GetRecords": self._read_stream,
        }
        feed.listen(self._heed)
        feed.listen_to_tables(self._heed_table)
        clock.when_moved(self._wake)

    def stand_before(self, proceed: Proceed) -> None:
        """Send deletes, and what TTL has to know, by the rooms behind."""
        self._sweeper.behind = proceed

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let a call pass; see to those that are about TTL."""
        if call.service == "dynamodb" and call.operation in self._by_operation:
            return await self._by_operation[call.operation](call, proceed)
        return await proceed(call)

    def routes(self) -> Sequence[BaseRoute]:
        """Return `ttl` and `ttl/sweep`."""
        return self._admin.routes()

    async def settle(self) -> dict[str, object]:
        """Delete what is due now; return how many items were: after the clock was moved."""
        return {"expired": await self._sweeper.sweep()}

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget tables, lags and deletes, of one namespace or all."""
        tables = self._sweeper.tables
        for where in [where for where in tables if namespace in (None, where[0])]:
            tables.pop(where).learn("")
        self._sweeper.lags.forget(namespace)
        self._sweeper.marks.forget(namespace)

    async def start(self) -> None:
        """Sweep from now on."""
        self._running = asyncio.create_task(self._run(), name="ttl")

    async def stop(self) -> None:
        """Sweep no more."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    def describe(self) -> dict[str, object]:
        """Return the lag."""
        return {"ttl_lag_s": self._sweeper.lags.default_s}

    def _wake(self) -> None:
        self._woken.set()

    def _heed(self, changes: Changes) -> None:
        table = self._sweeper.tables.get((changes.namespace, changes.table))
        if table is None:
            table = self._sweeper.watch(changes.namespace, changes.table)
        if not table.attribute:
            if table.is_stale:
                self._woken.set()
            return
        now_s = self._clock.now_s()
        wakes_for_s = self._wakes_at_s - self._sweeper.lag_s(table)
        for change in changes.changes:
            if table.heed(change, now_s) < wakes_for_s:
                self._woken.set()

    def _heed_table(self, event: TableEvent) -> None:
        self._sweeper.drop(event.namespace, event.table)

    async def _run(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._sweeper.sweep()
            except Exception:
                logger.exception("a sweep for expired items failed; the next one goes on")
            pause_s = min(max(self._sweeper.next_due_s(), 0.05), LOOK_EVERY_S)
            self._wakes_at_s = self._clock.now_s() + pause_s
            try:
                await asyncio.wait_for(self._woken.wait(), pause_s)
            except TimeoutError:
                continue

    async def _update(self, call: Call, proceed: Proceed) -> Answer:
        asked = settings.asked_for(call)
        if asked is None:
            return await proceed(call)
        table, enabled, attribute = asked
        try:
            current = await self._settings.attribute_of(proceed, call.namespace, table)
        except UpstreamRefused:
            return await proceed(call)  # which says what is wrong
        objection = settings.objection(current, enabled, attribute)
        if objection:
            return refusal(call, "ValidationException", objection)
        answer = await self._accept(call, proceed, table, attribute if enabled else "")
        if answer.status == 200:
            self._learn(call.namespace, table, attribute if enabled else "")
        return answer

    async def _accept(self, call: Call, proceed: Proceed, table: str, attribute: str) -> Answer:
        """Let the upstream know, or, when settings are held back from it, know it here."""
        known = self._settings.held_of(call.namespace, table)
        if not self._settings.held or (known is None and not attribute):  # then it was told past the edge
            return await proceed(call)
        self._settings.hold(call.namespace, table, attribute)
        return settings.accepted(call)

    async def _describe(self, call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        name = call.document.get("TableName") if isinstance(call.document, dict) else None
        if answer.status == 200 and isinstance(name, str):
            table = table_name(name)
            attribute = settings.shown(answer, self._settings.held_of(call.namespace, table))
            self._learn(call.namespace, table, attribute)
        return answer

    def _learn(self, namespace: Namespace, table: str, attribute: str) -> None:
        self._sweeper.watch(namespace, table).learn(attribute)
        self._wake()

    async def _begin_or_end_table(self, call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        name = call.document.get("TableName") if isinstance(call.document, dict) else None
        if answer.status == 200 and isinstance(name, str):
            self._sweeper.drop(call.namespace, table_name(name))
        return answer

    async def _iterate(self, call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        self._sweeper.marks.heed_iterator(call, answer)
        return answer

    async def _read_stream(self, call: Call, proceed: Proceed) -> Answer:
        answer = await proceed(call)
        self._sweeper.marks.mark(call, answer)
        return answer
