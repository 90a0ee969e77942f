"""What the backup operations work with: the journal, the tables' descriptions, kept backups and restores under way."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.edge.backups.answers import Refused, table_not_found
from harness.edge.backups.restores import Plan, Restores
from harness.edge.backups.sources import Sources
from harness.edge.backups.windows import LAG_S_DEFAULT
from harness.edge.call import Namespace
from harness.edge.clock import EdgeClock
from harness.edge.journal import Journal
from harness.edge.journal.index import Generation
from harness.edge.tables import Tables
from harness.edge.upstream import Upstream, UpstreamRefused, ask


@dataclass(frozen=True, slots=True)
class BackupsOptions:
    """Where backups are kept (nowhere: until the edge ends), and by how much the latest restorable time lags."""

    directory: Path | None = None
    lag_s: float = LAG_S_DEFAULT


class Means:
    """Shared by the operations; `upstream` is what stands behind the room."""

    def __init__(self, upstream: Upstream, journal: Journal, clock: EdgeClock, tables: Tables) -> None:
        self.upstream = upstream
        self.journal = journal
        self.clock = clock
        self.sources = Sources(upstream, journal, clock)
        self.restores = Restores(upstream, journal)
        self._tables = tables
        self._tasks: set[asyncio.Task[None]] = set()

    async def table(self, namespace: Namespace, name: str) -> Generation:
        """Return a table, described, with what is known of its continuous backups; raises Refused without one."""
        if (namespace, name) in self.restores.under_way:
            raise table_not_found(name)
        table = await self.sources.table(namespace, name)
        await self.sources.protect(table)
        if table.stale and table.pitr_since_s is not None:
            await self.sources.know(table)
        return table

    async def refuse_existing(self, namespace: Namespace, target: str) -> None:
        """Raise Refused unless a table of this name can be made."""
        self.restores.refuse_conflicts(namespace, target)
        try:
            await ask(self.upstream, namespace, "DescribeTable", {"TableName": target})
        except UpstreamRefused:
            return
        raise Refused("TableAlreadyExistsException", f"Table already exists: {target}")

    async def begin(self, plan: Plan, when_done: Callable[[], None]) -> dict[str, Any]:
        """Begin a restore and return the answer to whoever asked for it."""
        description = await self.restores.begin(plan, when_done)
        self._tables.forget(plan.namespace)
        return {"TableDescription": description}

    def beside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do some work beside the calls."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait for the work beside the calls."""
        await asyncio.gather(*self._tasks, return_exceptions=True)
