"""Locks of tables and items: who writes waits for who must not be disturbed, in the order of coming.

A table is held shared by many or exclusively by one. Several tables or items are always taken in the order of their
names, so nobody waits in a circle. Who is cancelled while waiting leaves the queue; what was taken is given back.
Only for one event loop; a lock that nobody holds or awaits takes no memory.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from harness.edge.call import Namespace

Name = tuple[str, ...]  # account, region, table and, for an item, its key


class _Lock:
    """A fair lock for readers and writers."""

    __slots__ = ("exclusive", "queue", "shared")

    def __init__(self) -> None:
        self.shared = 0
        self.exclusive = False
        self.queue: deque[tuple[bool, asyncio.Future[None]]] = deque()

    def take(self, *, exclusively: bool) -> bool:
        """Take the lock if nobody is in the way or waits."""
        if self.exclusive or self.queue or (exclusively and self.shared):
            return False
        self._give(exclusively=exclusively)
        return True

    async def wait(self, *, exclusively: bool) -> None:
        """Queue up and take the lock."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        place = (exclusively, turn)
        self.queue.append(place)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.release(exclusively=exclusively)  # its turn came in the moment when it was cancelled
            else:
                self.queue.remove(place)
                self._admit()
            raise

    def release(self, *, exclusively: bool) -> None:
        """Give the lock back, and let in who is next."""
        if exclusively:
            self.exclusive = False
        else:
            self.shared -= 1
        self._admit()

    @property
    def idle(self) -> bool:
        """Whether nobody holds or awaits it."""
        return not (self.shared or self.exclusive or self.queue)

    def _give(self, *, exclusively: bool) -> None:
        if exclusively:
            self.exclusive = True
        else:
            self.shared += 1

    def _admit(self) -> None:
        while self.queue:
            exclusively, turn = self.queue[0]
            if turn.cancelled():
                return  # its waiter is about to leave the queue, and admits then
            if self.exclusive or (exclusively and self.shared):
                return
            self.queue.popleft()
            self._give(exclusively=exclusively)
            turn.set_result(None)


class Locks:
    """The locks of all tables, or of all items."""

    def __init__(self) -> None:
        self._locks: dict[Name, _Lock] = {}

    def __len__(self) -> int:
        """Return how many are held or awaited."""
        return len(self._locks)

    async def acquire(self, names: Iterable[Name], *, exclusively: bool) -> Sequence[Name]:
        """Take the locks of `names`; return those for `release`."""
        wanted = sorted(set(names))
        taken: list[Name] = []
        try:
            for name in wanted:
                lock = self._locks.get(name)
                if lock is None:
                    lock = self._locks[name] = _Lock()
                if not lock.take(exclusively=exclusively):
                    await lock.wait(exclusively=exclusively)
                taken.append(name)
        except BaseException:
            self.release(taken, exclusively=exclusively)
            self._drop_idle(wanted)
            raise
        return taken

    def release(self, names: Sequence[Name], *, exclusively: bool) -> None:
        """Give back what `acquire` took."""
        for name in names:
            self._locks[name].release(exclusively=exclusively)
        self._drop_idle(names)

    @asynccontextmanager
    async def held(self, names: Iterable[Name], *, exclusively: bool) -> AsyncIterator[None]:
        """Hold the locks of `names`."""
        taken = await self.acquire(names, exclusively=exclusively)
        try:
            yield
        finally:
            self.release(taken, exclusively=exclusively)

    def _drop_idle(self, names: Iterable[Name]) -> None:
        for name in names:
            lock = self._locks.get(name)
            if lock is not None and lock.idle:
                del self._locks[name]


def table_lock(namespace: Namespace, table: str) -> Name:
    """Return the name of a table's lock."""
    return (namespace.account, namespace.region, table)
