"""Where a table's items are: in DynamoDB Local, unless the table has a stream or a setting keeps it in LocalStack.

CloudFormation in LocalStack makes every table there, and can't be told otherwise. So that one is the table's *shell*:
it has the ARN, TTL, tags, continuous backups and the stream. The items are in a *copy* of the same name in DynamoDB
Local, made at the table's first use. A shell's TableId says whose copy it is: the copy of a table that is gone, or of
another of its name, goes too.

Stacks change tables inside LocalStack. So after every call to CloudFormation a table's shell is looked at again before
the table's next use: a new index is made in the copy as well; a stream that was turned on takes the items into
LocalStack, where they stay from then on. Items that move after the stream has begun are in it as inserts: turn a stream
on by UpdateTable through the edge, which moves them before.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.edge.call import Namespace
from harness.edge.pattern import Texts
from harness.edge.upstream import Upstream
from harness.targets.docker.cloud.copies import Copies, described
from harness.targets.docker.cloud.registry import Engine, Entry, Registry, Where


@dataclass(slots=True, eq=False)
class Place:
    """Where the items of a table are; `users` are the calls that are under way there."""

    engine: Engine
    users: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)


class Places:
    """Knows, and makes, the places of all namespaces' tables."""

    def __init__(
        self, localstack: Upstream, copies: Copies, registry: Registry | None = None, kept: Texts | None = None
    ) -> None:
        self._localstack = localstack
        self._copies = copies
        self._registry = registry or Registry()
        self._kept = kept
        self._known: dict[Where, Place] = {}
        self._stale: set[Where] = set()
        self._locks: dict[Where, asyncio.Lock] = {}

    async def of(self, namespace: Namespace, table: str) -> Place | None:
        """Return the place of a table, None when there is no such table; raises UpstreamRefused."""
        where = Where(namespace.account, namespace.region, table)
        place = self._known.get(where)
        if place is not None and where not in self._stale:
            return place
        async with self._alone(where):
            if where in self._known and where not in self._stale:
                return self._known[where]
            self._stale.discard(where)
            try:
                return await self._look(where)
            except BaseException:
                self._stale.add(where)
                raise

    async def of_all(self, namespace: Namespace, tables: Iterable[str]) -> dict[str, Place | None]:
        """Return the places of tables, all of them as they are now; raises UpstreamRefused.

        While one is looked at, the items of another may move: hold them by `using` before anything else is awaited.
        """
        names = sorted(set(tables))
        while True:
            places = {table: await self.of(namespace, table) for table in names}
            if all(self._is_known(namespace, table, place) for table, place in places.items()):
                return places

    async def move_to_localstack(self, namespace: Namespace, table: str) -> None:
        """Take a table's items out of DynamoDB Local, for a stream that is about to begin."""
        where = Where(namespace.account, namespace.region, table)
        if self._registry.get(where) is not None:
            await self.of(namespace, table)  # the items may be of another table of this name
        async with self._alone(where):
            entry = self._registry.get(where)
            if entry is not None and entry.engine == "dynamodb":
                await self._move(where, entry.table_id)

    async def gone(self, namespace: Namespace, table: str) -> None:
        """Delete the copy of a table whose shell was deleted."""
        where = Where(namespace.account, namespace.region, table)
        async with self._alone(where):
            await self._drop(where)

    def doubt(self, namespace: Namespace, table: str | None = None) -> None:
        """Look at a table's shell again before its next use, or (None) at those of all of the namespace's."""
        for where in self._known.keys() | self._locks.keys():  # also those that are being looked at
            if (where.account, where.region) == (namespace.account, namespace.region) and table in (None, where.table):
                self._stale.add(where)

    async def forget(self, namespace: Namespace | None) -> None:
        """Delete the copies of a namespace, or (None) of all."""
        for where, _ in self._registry.in_namespace(namespace):
            await self.gone(where.namespace, where.table)

    def count(self) -> dict[str, int]:
        """Return how many tables have their items in each engine."""
        engines = [entry.engine for _, entry in self._registry.in_namespace(None)]
        return {"localstack": engines.count("localstack"), "dynamodb": engines.count("dynamodb")}

    @asynccontextmanager
    async def _alone(self, where: Where) -> AsyncIterator[None]:
        """Let one task at a time look at a table or change its place; names that nobody has are not collected."""
        while True:
            lock = self._locks.setdefault(where, asyncio.Lock())
            async with lock:
                if self._locks.get(where) is not lock:
                    continue  # whoever had it let go of the name too: others hold another lock by now
                try:
                    yield
                finally:
                    if where not in self._known:
                        del self._locks[where]
                return

    def _is_known(self, namespace: Namespace, table: str, place: Place | None) -> bool:
        return place is self._known.get(Where(namespace.account, namespace.region, table))

    async def _look(self, where: Where) -> Place | None:
        shell = await described(self._localstack, where.namespace, where.table)
        if shell is None:
            await self._drop(where)
            return None
        table_id = str(shell.get("TableId", ""))
        entry = self._registry.get(where)
        if entry is not None and entry.table_id != table_id:
            await self._drop(where)
            entry = None
        if self._belongs_to_localstack(shell, entry):
            if entry is not None and entry.engine == "dynamodb":
                await self._move(where, table_id)
            return self._learn(where, table_id, "localstack")
        copy = await self._copies.described(where.namespace, where.table) if entry is not None else None
        if copy is None:
            await self._copies.make(where.namespace, shell)
        else:
            await self._copies.follow(where.namespace, shell, copy)
        return self._learn(where, table_id, "dynamodb")

    def _belongs_to_localstack(self, shell: Mapping[str, Any], entry: Entry | None) -> bool:
        if (shell.get("StreamSpecification") or {}).get("StreamEnabled"):
            return True
        if self._kept is not None and self._kept.mean(str(shell["TableName"])):
            return True
        return entry is not None and entry.engine == "localstack"  # its items are there

    def _learn(self, where: Where, table_id: str, engine: Engine) -> Place:
        self._registry.put(where, Entry(table_id, engine))
        place = self._known.get(where)
        if place is None or place.engine != engine:
            place = self._known[where] = Place(engine)
        return place

    async def _move(self, where: Where, table_id: str) -> None:
        place = self._known.pop(where, None)  # from now on calls wait for the lock
        if place is not None:
            await _empty(place)
        await self._copies.empty_into(self._localstack, where.namespace, where.table)
        self._learn(where, table_id, "localstack")
        await self._copies.drop(where.namespace, where.table)

    async def _drop(self, where: Where) -> None:
        self._known.pop(where, None)
        self._stale.discard(where)
        entry = self._registry.get(where)
        if entry is not None and entry.engine == "dynamodb":
            await self._copies.drop(where.namespace, where.table)
        self._registry.drop(where)


@contextmanager
def using(places: Sequence[Place]) -> Iterator[None]:
    """Hold items where they are while a call is under way there."""
    for place in places:
        place.users += 1
    try:
        yield
    finally:
        for place in places:
            place.users -= 1
            if not place.users:
                place.left.set()


async def _empty(place: Place) -> None:
    """Wait until no call is under way at a place, to which no more come."""
    while place.users:
        place.left.clear()
        await place.left.wait()
