"""Work that no call waits for: done a moment after the answers, many at once, which costs half as much as one by one.

Whoever reads what comes of it calls `catch_up` first.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)

DELAY_S = 0.01  # what comes together until then holds up the next call by less than a call takes


class Later:
    """Does work in the order in which it came; to be used in an event loop's thread only."""

    __slots__ = ("_delay_s", "_todo")

    def __init__(self, delay_s: float = DELAY_S) -> None:
        self._delay_s = delay_s
        self._todo: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def add(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do this soon."""
        if not self._todo:
            asyncio.get_running_loop().call_later(self._delay_s, self.catch_up)
        self._todo.append((work, arguments))

    def catch_up(self) -> None:
        """Do now what waits, for who wants to read what comes of it."""
        todo, self._todo = self._todo, []
        for work, arguments in todo:
            try:
                work(*arguments)
            except Exception:
                logger.exception("work of capacity failed after its call was answered")
