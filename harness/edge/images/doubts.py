"""Items of which nobody knows what the last write did to them, because its answer was lost: they are looked at again.

A lost answer may also come before its effect, so an item that could be read is looked at once more a little later.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal

from harness.edge.call import Namespace
from harness.edge.changes import Cause, Item
from harness.edge.images.spots import Spot

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
LOOKS_MAX = 300
DOUBTS_MAX = 10_000
Unseen = Literal["unseen"]


@dataclass(slots=True)
class Doubt:
    """An item in doubt, as it was seen last; `intent` is the number of the write that may have changed it."""

    spot: Spot
    cause: Cause
    seen: Item | Unseen | None
    intent: int
    looks: int = 0


class Doubts:
    """Has every item in doubt looked at, about once a second, until `look` says that it is settled."""

    def __init__(self, look: Callable[[Doubt], Awaitable[bool]], when_settled: Callable[[int], None]) -> None:
        self._look = look
        self._when_settled = when_settled
        self._doubts: dict[tuple[str, ...], Doubt] = {}
        self._looking: asyncio.Task[None] | None = None
        self.given_up = 0

    def __len__(self) -> int:
        return len(self._doubts)

    def add(self, doubt: Doubt) -> None:
        """Look at an item again from now on."""
        if len(self._doubts) >= DOUBTS_MAX:
            self._give_up(next(iter(self._doubts.values())))
        self._doubts[doubt.spot.name] = doubt
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_until_settled())

    def of(self, spot: Spot) -> Doubt | None:
        """Return the doubt about an item."""
        return self._doubts.get(spot.name) if self._doubts else None

    def concerns(self, intent: int) -> bool:
        """Tell whether an item of this intent is still in doubt."""
        return any(doubt.intent == intent for doubt in self._doubts.values())

    def settle(self, doubt: Doubt) -> None:
        """Have no doubt any more."""
        if self._doubts.get(doubt.spot.name) is doubt:
            del self._doubts[doubt.spot.name]
        if not self.concerns(doubt.intent):
            self._when_settled(doubt.intent)

    def forget(self, namespace: Namespace | None) -> None:
        """Forget the doubts of a namespace, or of all."""
        for doubt in [one for one in self._doubts.values() if namespace in {None, one.spot.namespace}]:
            self.settle(doubt)

    async def stop(self) -> None:
        """Look no more; what is in doubt stays an open intent."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def _look_until_settled(self) -> None:
        while self._doubts:
            await asyncio.sleep(LOOK_EVERY_S)
            for doubt in list(self._doubts.values()):
                doubt.looks += 1
                if not await self._look(doubt) and doubt.looks >= LOOKS_MAX:
                    self._give_up(doubt)

    def _give_up(self, doubt: Doubt) -> None:
        self.given_up += 1
        self._doubts.pop(doubt.spot.name, None)
        spot = doubt.spot
        logger.error("%s %s: what its last write did could not be found out", spot.table, spot.schema.text(spot.key))
