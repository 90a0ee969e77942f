"""The room before an engine in memory, what it told, and requests for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from harness.edge.call import Answer
from harness.edge.changes import ChangeFeed, Changes
from harness.edge.clock import EdgeClock
from harness.edge.images import Images
from harness.edge.tables import Tables
from tests.edge.images.engine import Engine, call_of

ALICE = {"PK": {"S": "alice"}}


class Stage:
    """The room before an engine, and what it told."""

    def __init__(self, *tables: str) -> None:
        self.engine = Engine(*(tables or ("Wallets",)))
        self.told: list[Changes] = []
        self.intents = Noted()
        feed = ChangeFeed()
        feed.listen(self.told.append)
        self.room = Images(self.engine, Tables(self.engine), feed, EdgeClock(), self.intents)

    async def ask(self, operation: str, document: dict[str, Any], **marks: object) -> Answer:
        call = call_of(operation, document)
        call.marks.update(marks)
        body = call.body
        answer = await self.room.handle(call, self.engine)
        assert call.body == body
        return answer

    def images(self) -> list[tuple[str, str | None, str | None]]:
        """Return key, and `V` before and after, of every change: "" for an item without `V`, None for none."""
        return [
            (change.key["PK"]["S"], value_of(change.before), value_of(change.after))
            for changes in self.told
            for change in changes.changes
        ]


class Noted:
    """Intents that are kept in a list."""

    def __init__(self) -> None:
        self.begun: list[list[tuple[str, Any]]] = []
        self.open: set[int] = set()

    def begin(self, namespace: object, items: Any) -> int:
        self.begun.append(list(items))
        self.open.add(len(self.begun))
        return len(self.begun)

    def end(self, intent: int) -> None:
        self.open.discard(intent)

    def left_over(self) -> list[Any]:
        return []

    def close(self) -> None:
        pass


def value_of(item: Any) -> str | None:
    return None if item is None else item.get("V", {}).get("S", "")


def put(key: str, value: str, **more: object) -> dict[str, Any]:
    return {"TableName": "Wallets", "Item": {"PK": {"S": key}, "V": {"S": value}}, **more}


def update(key: str, value: str, **more: object) -> dict[str, Any]:
    values = {":v": {"S": value}}
    return {"TableName": "Wallets", "Key": {"PK": {"S": key}}, "ExpressionAttributeValues": values, **more}


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(story)


async def until(condition: Any) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)
