"""Restores under way: a new table is made at once and filled beside; until it is full it is as good as not there.

While it is filled, DescribeTable says CREATING, and every other operation on it is refused with AWS's words (observed
on AWS, October 2026). The filling's own writes pass the rooms behind, so the new table has a history from its birth.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from harness.edge.backups.answers import Refused
from harness.edge.call import Namespace
from harness.edge.journal import Journal
from harness.edge.upstream import Upstream, UpstreamRefused, ask

logger = logging.getLogger(__name__)

RESTORES_MAX = 50  # at a time in an account (documented)
BATCH_ITEMS_MAX = 25
BATCH_BYTES_MAX = 12 * 1024 * 1024  # below the 16 MB that a request may have
ACTIVE_WITHIN_S = 60.0
_RETRIES_MAX = 20
_PAUSE_S_MAX = 1.0

Items = Callable[[], Awaitable[Sequence[bytes]]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A restore: the table to make, where its items come from, and what its RestoreSummary says."""

    namespace: Namespace
    creation: dict[str, Any]  # the CreateTable request
    items: Items
    source_arn: str
    at_s: float
    backup_arn: str = ""

    @property
    def table(self) -> str:
        """The name of the table to make."""
        return str(self.creation["TableName"])

    def summary(self) -> dict[str, Any]:
        """Return RestoreSummary."""
        backup = {"SourceBackupArn": self.backup_arn} if self.backup_arn else {}
        return {**backup, "SourceTableArn": self.source_arn, "RestoreDateTime": self.at_s, "RestoreInProgress": True}


class Restores:
    """Makes tables and fills them."""

    def __init__(self, upstream: Upstream, journal: Journal) -> None:
        self._upstream = upstream
        self._journal = journal
        self._tasks: dict[asyncio.Task[None], Plan] = {}
        self.under_way: dict[tuple[Namespace, str], Plan] = {}
        self.failures: list[str] = []

    def refuse_conflicts(self, namespace: Namespace, table: str) -> None:
        """Raise Refused when another restore into this table is under way, or too many are."""
        if plan := self.under_way.get((namespace, table)):
            origin = f" from backup: {plan.backup_arn}" if plan.backup_arn else ""
            raise Refused("TableInUseException", f"Table: {table} is already being restored{origin}")
        if sum(place.account == namespace.account for place, _ in self.under_way) >= RESTORES_MAX:
            raise Refused(
                "LimitExceededException",
                f"Subscriber limit exceeded: Only {RESTORES_MAX} restore operations can be done simultaneously",
            )

    async def begin(self, plan: Plan, when_done: Callable[[], None]) -> dict[str, Any]:
        """Make the table and begin to fill it; return its description. Raises Refused; `when_done` is called anyway."""
        place = (plan.namespace, plan.table)
        self.refuse_conflicts(*place)
        self.under_way[place] = plan
        try:
            made = await ask(self._upstream, plan.namespace, "CreateTable", plan.creation)
        except BaseException as problem:
            del self.under_way[place]
            when_done()
            if isinstance(problem, UpstreamRefused):
                raise _refused(plan.table, problem) from problem
            raise
        description: dict[str, Any] = made["TableDescription"]
        if not self._journal.hears_all:
            self._journal.table_made(*place, table_id=description.get("TableId", ""))
        task = asyncio.create_task(self._fill(plan, when_done))
        self._tasks[task] = plan
        task.add_done_callback(self._tasks.pop)
        return self.shown(plan, description)

    def shown(self, plan: Plan, description: dict[str, Any]) -> dict[str, Any]:
        """Return a table's description as it is told while the table is filled."""
        return {**description, "TableStatus": "CREATING", "RestoreSummary": plan.summary()}

    async def stop(self, namespace: Namespace | None = None) -> None:
        """Give up what is under way, in a namespace or (None) everywhere; the tables stay as full as they are."""
        chosen = [place for place in self.under_way if namespace is None or place[0] == namespace]
        for place in chosen:
            del self.under_way[place]
        tasks = [task for task, plan in self._tasks.items() if namespace is None or plan.namespace == namespace]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _fill(self, plan: Plan, when_done: Callable[[], None]) -> None:
        place = (plan.namespace, plan.table)
        try:
            items = await plan.items()
            await self._active(plan)
            for batch in _batches(items):
                if self.under_way.get(place) is not plan:
                    return
                await self._write(plan, batch)
        except Exception as problem:
            logger.exception("the restore into %s failed", plan.table)
            self.failures.append(f"{plan.table}: {type(problem).__name__}: {problem}")
            await self._drop(plan)
        finally:
            if self.under_way.get(place) is plan:
                del self.under_way[place]
            when_done()

    async def _active(self, plan: Plan) -> None:
        async with asyncio.timeout(ACTIVE_WITHIN_S):
            pause_s = 0.01
            while True:
                told = await ask(self._upstream, plan.namespace, "DescribeTable", {"TableName": plan.table})
                if told["Table"]["TableStatus"] == "ACTIVE":
                    return
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, _PAUSE_S_MAX)

    async def _write(self, plan: Plan, batch: Sequence[bytes]) -> None:
        requests: Any = {plan.table: [{"PutRequest": {"Item": orjson.Fragment(item)}} for item in batch]}
        pause_s = 0.01
        for _ in range(_RETRIES_MAX):
            told = await ask(self._upstream, plan.namespace, "BatchWriteItem", {"RequestItems": requests})
            requests = told.get("UnprocessedItems")
            if not requests:
                await asyncio.sleep(0)  # other calls want to be served, too
                return
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, _PAUSE_S_MAX)
        raise Refused("InternalServerError", f"{plan.table} left items unprocessed {_RETRIES_MAX} times in a row")

    async def _drop(self, plan: Plan) -> None:
        try:
            await ask(self._upstream, plan.namespace, "DeleteTable", {"TableName": plan.table})
        except Exception:
            logger.exception("%s, half restored, could not be deleted", plan.table)
        if not self._journal.hears_all:
            self._journal.table_gone(plan.namespace, plan.table)


def _refused(table: str, problem: UpstreamRefused) -> Refused:
    if problem.code == "ResourceInUseException":
        return Refused("TableAlreadyExistsException", f"Table already exists: {table}")
    return Refused(problem.code or "InternalServerError", problem.reason or problem.headline)


def _batches(items: Sequence[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    size = 0
    for item in items:
        if batch and (len(batch) == BATCH_ITEMS_MAX or size + len(item) > BATCH_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += len(item)
    if batch:
        yield batch
