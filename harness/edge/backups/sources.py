"""The tables that backups are made of: what they are like, whether the journal knows all of them, and since when.

A table whose content was there before the edge came (or that the journal has lost sight of) is adopted: read once,
page by page, while its changes are watched; what was changed meanwhile is applied on top. That gives the content of
the moment at which the reading ended, without holding anybody's writes.
"""

import asyncio
import logging
from collections import defaultdict
from typing import Any

from harness.edge.backups.answers import Refused, table_not_found
from harness.edge.backups.windows import PERIOD_DAYS_MAX
from harness.edge.call import Namespace
from harness.edge.changes import Changes, Item
from harness.edge.clock import EdgeClock
from harness.edge.journal import Journal, keys
from harness.edge.journal.index import FOREVER, SINCE_EVER, Generation
from harness.edge.upstream import Upstream, UpstreamRefused, ask

logger = logging.getLogger(__name__)

_VOLATILE = frozenset({"ItemCount", "TableSizeBytes", "TableStatus"})


class Sources:
    """Knows tables by asking the upstream, and makes the journal know them."""

    def __init__(self, upstream: Upstream, journal: Journal, clock: EdgeClock) -> None:
        self._upstream = upstream
        self._journal = journal
        self._clock = clock
        self._adopting: dict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def table(self, namespace: Namespace, name: str) -> Generation:
        """Return a table as it is now, described; raises Refused when there is none."""
        try:
            description = (await ask(self._upstream, namespace, "DescribeTable", {"TableName": name}))["Table"]
        except UpstreamRefused as problem:
            raise table_not_found(name) from problem
        known = self._journal.table(namespace, name)
        table_id = description.get("TableId", "")
        if known is not None and known.table_id and table_id and known.table_id != table_id:
            known = self._journal.table_made(namespace, name, table_id=table_id, known=False)
        generation = known or self._journal.meet(namespace, name)
        generation.namespace = namespace
        if _lasting(generation.description) != _lasting(description):
            self._journal.describe_table(generation, description)
        generation.description = description
        return generation

    async def protect(self, generation: Generation) -> None:
        """Find out whether the engine has continuous backups on, unless a client of the edge has set them."""
        if generation.pitr_told:
            return
        days = await self._engines_period(generation)
        if days is None:
            if generation.pitr_since_s is not None:
                self._journal.set_pitr(generation, None, told=False)
        elif generation.pitr_since_s is None:
            await self.know(generation)
            self._journal.set_pitr(generation, self._since_s(generation), days, told=False)

    async def know(self, generation: Generation) -> None:
        """Adopt a table unless all its content is known."""
        if _is_unknown(generation):
            async with self._adopting[generation.number]:
                if _is_unknown(generation):  # nobody else did it meanwhile
                    await self._adopt(generation)

    async def _adopt(self, generation: Generation) -> None:
        """Read a table and write its content down as it is at the end of the reading.

        Raises Refused when it is gone meanwhile, or when the journal can't be written.
        """
        if not generation.description:
            await self.table(generation.namespace, generation.table)
        with self._journal.watching(generation) as meanwhile:
            items = await self._read(generation)
            _redo(items, meanwhile)
            try:
                self._journal.set_baseline(generation, generation.key, items.values())
            except OSError as problem:
                raise Refused(
                    "InternalServerError", f"the content of {generation.table} can't be kept: {problem}"
                ) from problem

    def is_adopting(self, generation: Generation) -> bool:
        """Return whether a table is being read now."""
        return self._adopting[generation.number].locked()

    def forget(self) -> None:
        """Forget who was adopted; who is being adopted now, maybe for another account, stays alone with its table."""
        for number in [number for number, lock in self._adopting.items() if not lock.locked()]:
            del self._adopting[number]

    async def _read(self, generation: Generation) -> dict[str, Item]:
        items: dict[str, Item] = {}
        asked: dict[str, Any] = {"TableName": generation.table, "ConsistentRead": True}
        try:
            while True:
                page = await ask(self._upstream, generation.namespace, "Scan", asked)
                items.update((keys.identity(one, generation.key), one) for one in page["Items"])
                if not (last := page.get("LastEvaluatedKey")):
                    return items
                asked["ExclusiveStartKey"] = last
        except UpstreamRefused as problem:
            raise table_not_found(generation.table) from problem

    async def _engines_period(self, generation: Generation) -> int | None:
        """Return over how many days the engine claims to keep backups, None when it doesn't."""
        asked = {"TableName": generation.table}
        try:
            told = await ask(self._upstream, generation.namespace, "DescribeContinuousBackups", asked)
        except UpstreamRefused as problem:  # DynamoDB Local, for one, has no such operation
            logger.debug("the engine does not tell of continuous backups: %s", problem)
            return None
        pitr = told["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription") or {}
        if pitr.get("PointInTimeRecoveryStatus") != "ENABLED":
            return None
        return int(pitr.get("RecoveryPeriodInDays") or PERIOD_DAYS_MAX)

    def _since_s(self, generation: Generation) -> float:
        """Return since when the backups that an engine's own setting asks for can be had."""
        if generation.known_from_s == SINCE_EVER:
            return float(generation.description.get("CreationDateTime") or generation.made_at_s)
        return generation.known_from_s if generation.known_from_s is not None else self._clock.now_s()


def _is_unknown(generation: Generation) -> bool:
    broken = bool(generation.gaps) and generation.gaps[-1][1] == FOREVER
    return generation.known_from_s is None or generation.stale or broken


def _redo(items: dict[str, Item], meanwhile: list[Changes]) -> None:
    for changes in meanwhile:
        for change in changes.changes:
            key = keys.identity(change.key)
            if change.after is None:
                items.pop(key, None)
            else:
                items[key] = change.after


def _lasting(description: dict[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in description.items() if member not in _VOLATILE}
