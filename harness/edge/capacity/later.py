"""Work that no call waits for: done as soon as the event loop has let the answers go."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

logger = logging.getLogger(__name__)


class Later:
    """Does work in the order in which it came; to be used in an event loop's thread only."""

    __slots__ = ("_todo",)

    def __init__(self) -> None:
        self._todo: list[tuple[Callable[..., None], tuple[Any, ...]]] = []

    def add(self, work: Callable[..., None], *arguments: Any) -> None:
        """Do this soon."""
        if not self._todo:
            asyncio.get_running_loop().call_soon(self.catch_up)
        self._todo.append((work, arguments))

    def catch_up(self) -> None:
        """Do now what waits, for who wants to read what comes of it."""
        todo, self._todo = self._todo, []
        for work, arguments in todo:
            try:
                work(*arguments)
            except Exception:
                logger.exception("work of capacity failed after its call was answered")
