"""Requests to functions take turns: as many at once as a laptop's cores can start.

Fifty cold starts at once are nothing to AWS; on two cores they all run out of their functions' time together. So some
go first and the others wait, but not for long: a request whose function calls another API here would wait for itself.
"""

import asyncio
import os
from contextlib import suppress

from harness.edge.call import Answer, Call
from harness.edge.upstream import Upstream

AT_ONCE_MIN, AT_ONCE_PER_CORE = 8, 4
WAIT_S_MAX = 8.0


class Turns:
    """An upstream behind which a bounded number of calls is under way, and more only when one has waited too long."""

    def __init__(self, upstream: Upstream, at_once: int | None = None, wait_s_max: float = WAIT_S_MAX) -> None:
        self._upstream = upstream
        self._free = asyncio.Semaphore(at_once or max(AT_ONCE_MIN, AT_ONCE_PER_CORE * (os.cpu_count() or 1)))
        self._wait_s_max = wait_s_max

    async def __call__(self, call: Call) -> Answer:
        has_turn = False
        with suppress(TimeoutError):
            async with asyncio.timeout(self._wait_s_max):
                has_turn = await self._free.acquire()
        try:
            return await self._upstream(call)
        finally:
            if has_turn:
                self._free.release()
