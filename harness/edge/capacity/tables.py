"""The ledgers of all tables: opened at a table's first call, kept up to date with what changes the table.

A table is as DescribeTable tells it. Answers of CreateTable, UpdateTable and DescribeTable that pass are read along;
after calls to CloudFormation, which changes tables inside of engines, tables are described anew.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

from harness.capacity.account import AccountCapacity
from harness.capacity.shape import TableShape, shape_of
from harness.edge.call import Answer, Call, Namespace
from harness.edge.capacity.later import Later
from harness.edge.capacity.ledger import Ledger
from harness.edge.capacity.settings import CapacityOptions, check_fit
from harness.edge.clock import EdgeClock
from harness.edge.cloudwatch import Metrics
from harness.edge.upstream import Upstream, UpstreamRefused, ask

logger = logging.getLogger(__name__)

TELL_SHAPES = frozenset({"CreateTable", "UpdateTable", "DescribeTable", "DeleteTable"})
TableId = tuple[Namespace, str]


class Ledgers:
    """Knows the ledgers of all tables under one set of options a namespace."""

    def __init__(self, upstream: Upstream, clock: EdgeClock, metrics: Metrics) -> None:
        self._upstream = upstream
        self._clock = clock
        self._metrics = metrics
        self.later = Later()
        self._open: dict[TableId, Ledger] = {}
        self._stale: set[TableId] = set()
        self._opening: dict[TableId, asyncio.Lock] = {}
        self._accounts: dict[tuple[str, str], AccountCapacity] = {}
        self.started_s = clock.now_s()

    def known(self, namespace: Namespace, table: str) -> Ledger | None:
        """Return a table's ledger if it is open and nothing may have changed the table."""
        ledger = self._open.get((namespace, table))
        return None if self._stale and (namespace, table) in self._stale else ledger

    async def open(self, namespace: Namespace, table: str, options: CapacityOptions) -> Ledger | None:
        """Return a table's ledger, asking the engine what the table is; None when there is no such table."""
        which = (namespace, table)
        async with self._opening.setdefault(which, asyncio.Lock()):
            ledger = self.known(namespace, table)
            if ledger is None:
                self._stale.discard(which)
                described = await self._describe(namespace, table)
                ledger = None if described is None else self._learn(namespace, described, options)
                if described is None:
                    self._open.pop(which, None)
        if not ledger:
            self._opening.pop(which, None)  # names that nobody has are not collected
        return ledger

    def all(self) -> list[Ledger]:
        """Return the open ledgers, with all that was observed."""
        self.later.catch_up()
        return list(self._open.values())

    def heed(self, call: Call, answer: Answer) -> None:
        """Learn from a call that has passed what became of tables."""
        if call.service == "cloudformation":
            self._stale.update(which for which in self._open if which[0] == call.namespace)
        elif answer.status == 200 and isinstance(call.document, dict):
            document = answer.document
            told = (document.get("Table") or document.get("TableDescription")) if isinstance(document, dict) else None
            ledger = self._open.get((call.namespace, told.get("TableName", ""))) if isinstance(told, dict) else None
            if ledger is None or told is None:
                return
            if call.operation in ("CreateTable", "DeleteTable"):  # what had this name before is gone
                self.close(call.namespace, ledger.shape.name)
            else:
                self._reshape(ledger, shape_of(told))

    def close(self, namespace: Namespace, table: str) -> None:
        """Forget a table, which is gone or another."""
        self._open.pop((namespace, table), None)
        self._stale.discard((namespace, table))
        self._opening.pop((namespace, table), None)

    def forget(self, namespaces: Callable[[Namespace], bool]) -> None:
        """Forget the tables of some namespaces, and what these have used up."""
        for namespace, table in list(self._open):
            if namespaces(namespace):
                self.close(namespace, table)
                self._accounts.pop((namespace.account, namespace.region), None)

    def adopt(self, options_of: Callable[[Namespace], CapacityOptions | None]) -> None:
        """Go on under other options: a table for which they say something else begins anew."""
        for (namespace, table), ledger in list(self._open.items()):
            options = options_of(namespace)
            if options is None:
                self.close(namespace, table)
                continue
            settings = options.of(table)
            parameters = options.parameters_of(settings)
            if settings != ledger.settings or parameters != ledger.parameters:
                self._accounts.pop((namespace.account, namespace.region), None)
                self.close(namespace, table)

    def cool(self) -> None:
        """Forget all heat."""
        self.later.catch_up()
        self.started_s = self._clock.now_s()
        for ledger in self._open.values():
            ledger.cool(self.started_s)

    def check(self, options: CapacityOptions) -> None:
        """Raise SettingInvalid when options say something that an open table can't have."""
        for ledger in self._open.values():
            check_fit(ledger.described, options.of(ledger.shape.name))

    async def _describe(self, namespace: Namespace, table: str) -> TableShape | None:
        try:
            described = await ask(self._upstream, namespace, "DescribeTable", {"TableName": table})
        except UpstreamRefused:
            return None
        return shape_of(described["Table"])

    def _learn(self, namespace: Namespace, described: TableShape, options: CapacityOptions) -> Ledger | None:
        known = self._open.get((namespace, described.name))
        if known is not None:
            self._reshape(known, described)
            return known
        now_s = self._clock.now_s()
        where = (namespace.account, namespace.region)
        account = self._accounts.get(where)
        if account is None:
            account = self._accounts[where] = AccountCapacity(options.parameters, now_s)
        metrics = self._metrics.of(namespace, described.name)
        ledger = Ledger(namespace, described, options, self.started_s, now_s, account, metrics, self.later)
        if ledger.objection:
            logger.warning("what is set for table %s can't be had: %s", described.name, ledger.objection)
        self._open[namespace, described.name] = ledger
        return ledger

    def _reshape(self, ledger: Ledger, described: TableShape) -> None:
        self._stale.discard((ledger.namespace, described.name))
        if _same(described, ledger.described):
            return
        ledger.reshape(described, self._clock.now_s())


def _same(one: TableShape, other: TableShape) -> bool:
    """Tell whether two descriptions mean the same, however large the table is meanwhile."""
    return replace(one, size_bytes=0) == replace(other, size_bytes=0)
