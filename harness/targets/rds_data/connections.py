"""Connections to all databases of a server: some are kept for the next call, never more than the server has room for.

A pool would hide why a connection failed, and the reason is what a caller is to be told. A server has room for about a
hundred connections in all; so few are kept, the oldest goes first, and when the server is full all that are kept go.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from harness.targets.rds_data.limits import Limits
from harness.targets.rds_data.refused import TOO_MANY_CONNECTIONS, DatabaseSaid, Refused
from harness.targets.rds_data.session import Session

KEPT_MAX = 16
OPENING_MAX = 8  # at a time: logging in takes the server and this process several milliseconds of work


class Connections:
    """What is kept of connections, of all databases together, and room for so many calls at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._room = asyncio.Semaphore(limits.connections_max)
        self._opening = asyncio.Semaphore(OPENING_MAX)
        self._kept: list[tuple[Database, Session]] = []  # the latest last
        self._dropped: set[Database] = set()

    async def take(self, database: "Database") -> Session:
        """Return a connection in its first state, kept or new. Raises Refused."""
        for at in range(len(self._kept) - 1, -1, -1):
            if self._kept[at][0] is database:
                _, session = self._kept.pop(at)
                if session.is_idle:
                    return session
                await session.close()
                return await self.take(database)
        try:
            return await self._opened(database)
        except DatabaseSaid as said:
            if said.state != TOO_MANY_CONNECTIONS or not self._kept:
                raise
        await self.close()
        return await self._opened(database)

    @asynccontextmanager
    async def lent(self, database: "Database") -> AsyncIterator[Session]:
        """Lend a connection for one call; waits while too many are lent. Raises Refused."""
        async with self._room:
            session = await self.take(database)
            try:
                yield session
            finally:
                await self.give_back(database, session)

    async def give_back(self, database: "Database", session: Session) -> None:
        """Keep a connection for the next, or close it when it is not as it was at first."""
        if database in self._dropped or not session.is_idle:
            await session.close()
            return
        try:
            await session.command("DISCARD ALL")
        except Refused:
            await session.close()  # the caller has had its answer
            return
        self._kept.append((database, session))
        if len(self._kept) > KEPT_MAX:
            _, oldest = self._kept.pop(0)
            await oldest.close()

    async def drop(self, database: "Database") -> None:
        """Keep no connection of a database any longer, nor one that comes back."""
        self._dropped.add(database)
        await self._close([session for of, session in self._kept if of is database])
        self._kept = [kept for kept in self._kept if kept[0] is not database]

    async def close(self) -> None:
        """Close every connection that is kept."""
        kept, self._kept = self._kept, []
        await self._close([session for _, session in kept])

    async def _opened(self, database: "Database") -> Session:
        async with self._opening:
            return await Session.open(database.conninfo, self._limits.connect_s)

    async def _close(self, sessions: list[Session]) -> None:
        for session in sessions:
            await session.close()


@dataclass(frozen=True, eq=False, slots=True)
class Database:
    """One database: what it is called on the server, and how to connect to it."""

    name: str
    conninfo: str = field(repr=False)  # holds a password
    connections: Connections
