"""The room that answers the backup operations itself, for every engine; everything else passes.

It stands only where changes are heard of. What an engine was told by other ways than the edge (a template's
PointInTimeRecoverySpecification) it asks the engine for.
Left out: rate limits, and quotas but that of restores at a time; restores across regions; exports to S3; AWS Backup.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from harness.edge.aws import refusal
from harness.edge.backups import requests
from harness.edge.backups.answers import Refused, answered
from harness.edge.backups.concerned import refusal_while_restoring, tables_of
from harness.edge.backups.continuous import Continuous
from harness.edge.backups.means import BackupsOptions, Means
from harness.edge.backups.ondemand import OnDemand
from harness.edge.backups.stored import Store
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.clock import EdgeClock
from harness.edge.journal import Journal
from harness.edge.journal.index import Generation
from harness.edge.tables import Tables

logger = logging.getLogger(__name__)

_STACK_CHANGES = frozenset({"DeleteStack", "UpdateStack", "ExecuteChangeSet"})

Serve = Callable[[Call, dict[str, Any]], Awaitable[dict[str, Any]]]


class Backups(Room):
    """Continuous and on-demand backups."""

    def __init__(
        self, journal: Journal, clock: EdgeClock, tables: Tables, options: BackupsOptions | None = None
    ) -> None:
        self._options = options or BackupsOptions()
        self._journal = journal
        self._clock = clock
        self._tables = tables
        self._store = Store(self._options.directory)
        self._served: dict[str, Serve] = {}

    def stand_before(self, proceed: Proceed) -> None:
        """Learn the way on which own calls go, and begin."""
        self._means = Means(proceed, self._journal, self._clock, self._tables)
        on_demand = OnDemand(self._means, self._store)
        self._served = {**Continuous(self._means, self._options.lag_s).served, **on_demand.served}
        self._journal.when_gone(on_demand.keep_deleted)
        self._journal.when_broken(self._heal)

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Serve the backup operations; hide tables that are being restored; let everything else pass."""
        if call.service != "dynamodb":
            if call.operation in _STACK_CHANGES and call.service == "cloudformation":
                await self._look_at_all(call.namespace)
            return await proceed(call)
        try:
            if serve := self._served.get(call.operation):
                document = requests.document_of(call)
                return answered(await serve(call, document))
            if self._means.restores.under_way and call.operation != "ListTables":
                return await self._pass_restoring(call, proceed)
            if call.operation in ("CreateTable", "DeleteTable"):
                return await self._pass_table(call, proceed)
        except Refused as problem:
            return refusal(call, problem.code, problem.headline, 500 if problem.code == "InternalServerError" else 400)
        return await proceed(call)

    async def forget(self, namespace: Namespace | None) -> None:
        """Throw backups away and give up restores."""
        await self._means.restores.stop(namespace)
        await self._means.settle()
        self._store.forget(namespace)
        self._means.sources.forget()

    async def stop(self) -> None:
        """Finish what is being written down; give up restores."""
        await self._means.restores.stop()
        await self._means.settle()
        self._store.close()

    def describe(self) -> dict[str, object]:
        """Return how many backups there are, and what failed."""
        told: dict[str, object] = {"kept": len(self._store), "restores_under_way": len(self._means.restores.under_way)}
        if self._means.restores.failures:
            told["failed_restores"] = self._means.restores.failures[-10:]
        return {"backups": told}

    async def _pass_restoring(self, call: Call, proceed: Proceed) -> Answer:
        under_way = {name for place, name in self._means.restores.under_way if place == call.namespace}
        hidden = under_way & tables_of(call)
        if not hidden:
            return await (self._pass_table(call, proceed) if _is_of_table(call) else proceed(call))
        if call.operation != "DescribeTable":
            raise refusal_while_restoring(call.operation, min(hidden))
        answer = await proceed(call)
        plan = self._means.restores.under_way.get((call.namespace, min(hidden)))
        told = answer.document
        if plan is not None and answer.status == 200:
            return answered({"Table": self._means.restores.shown(plan, told["Table"])})
        return answer

    async def _pass_table(self, call: Call, proceed: Proceed) -> Answer:
        document = call.document
        name = document.get("TableName") if isinstance(document, dict) else None
        if not isinstance(name, str):
            return await proceed(call)
        if call.operation == "DeleteTable":
            await self._look_at(call.namespace, requests.source_table(document))
        answer = await proceed(call)
        if answer.status == 200 and not self._journal.hears_all:
            if call.operation == "DeleteTable":
                self._journal.table_gone(call.namespace, requests.source_table(document))
            else:
                table_id = (answer.document or {}).get("TableDescription", {}).get("TableId", "")
                self._journal.table_made(call.namespace, name, table_id=table_id)
        return answer

    async def _look_at_all(self, namespace: Namespace) -> None:
        """Learn what the tables of a namespace are like before a stack's change may delete them."""
        for table in self._journal.tables():
            if table.namespace == namespace:
                await self._look_at(namespace, table.table)

    async def _look_at(self, namespace: Namespace, name: str) -> None:
        try:
            await self._means.table(namespace, name)
        except Refused as problem:
            logger.debug("%s is not there to look at: %s", name, problem.headline)

    def _heal(self, table: Generation) -> None:
        """Give a table that changes were lost of a new baseline, once it can be written."""
        if table.pitr_since_s is not None and not self._means.sources.is_adopting(table):
            self._means.beside(self._adopt(table))

    async def _adopt(self, table: Generation) -> None:
        try:
            await self._means.sources.know(table)
        except Refused as problem:
            logger.warning("%s has no new baseline yet: %s", table.table, problem.headline)


def _is_of_table(call: Call) -> bool:
    return call.operation in ("CreateTable", "DeleteTable")
