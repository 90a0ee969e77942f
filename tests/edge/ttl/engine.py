"""A little DynamoDB in memory, which never deletes by itself, and an edge's rooms around it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes
from harness.edge.clock import EdgeClock
from harness.edge.tables import Tables
from harness.edge.ttl import LAG_S_DEFAULT, Lifetimes, Settings
from harness.edge.upstream import own_call

HERE = Namespace("000000000000", "us-east-1", "test")
THERE = Namespace("111111111111", "us-east-1", "111111111111")
DAY_S = 86_400.0

Item = dict[str, Any]


def session(name: str, expires_at_s: float | str | None) -> Item:
    """Return an item with a TTL attribute."""
    item: Item = {"SessionID": {"S": name}}
    return item if expires_at_s is None else item | {"ExpiresAt": {"N": str(expires_at_s)}}


class Engine:
    """One table a namespace, keyed by SessionID. `feed` is told of every change."""

    def __init__(self, feed: ChangeFeed) -> None:
        self.feed = feed
        self.items: dict[tuple[Namespace, str], dict[str, Item]] = {}
        self.ttl: dict[tuple[Namespace, str], dict[str, str]] = {}
        self.asked: list[str] = []
        self.seen_by_delete: list[Call] = []
        self.before_delete: Callable[[], None] = lambda: None
        self.fails_with = ""

    def make(self, table: str = "sessions", namespace: Namespace = HERE) -> None:
        self.items[namespace, table] = {}

    def put(self, item: Item, table: str = "sessions", namespace: Namespace = HERE, *, told: bool = True) -> None:
        rows = self.items[namespace, table]
        key = item["SessionID"]["S"]
        before, rows[key] = rows.get(key), item
        if told:
            self._publish(namespace, table, Change({"SessionID": item["SessionID"]}, before, item), Cause("PutItem"))

    def enable(self, attribute: str = "ExpiresAt", table: str = "sessions", namespace: Namespace = HERE) -> None:
        """Set TTL past the edge, as CloudFormation does."""
        self.ttl[namespace, table] = {"TimeToLiveStatus": "ENABLED", "AttributeName": attribute}

    def names(self, table: str = "sessions", namespace: Namespace = HERE) -> list[str]:
        return sorted(self.items[namespace, table])

    async def __call__(self, call: Call) -> Answer:
        await asyncio.sleep(0)
        self.asked.append(call.operation)
        document = call.document
        where = (call.namespace, document["TableName"])
        if where not in self.items:
            return refusal(call, "ResourceNotFoundException", "Requested resource not found")
        answered = getattr(self, f"_{call.operation}")(call, where, document)
        return answered if isinstance(answered, Answer) else Answer(200, [], orjson.dumps(answered))

    def _DescribeTable(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        return {"Table": {"KeySchema": [{"AttributeName": "SessionID", "KeyType": "HASH"}]}}

    def _DescribeTimeToLive(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        return {"TimeToLiveDescription": self.ttl.get(where, {"TimeToLiveStatus": "DISABLED"})}

    def _UpdateTimeToLive(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        asked = document["TimeToLiveSpecification"]
        status = "ENABLED" if asked["Enabled"] else "DISABLED"
        self.ttl[where] = {"TimeToLiveStatus": status, "AttributeName": asked["AttributeName"]}
        return {"TimeToLiveSpecification": asked}

    def _CreateTable(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        return {}

    def _DeleteTable(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        del self.items[where]
        self.ttl.pop(where, None)
        return {}

    def _Scan(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        names = sorted(self.items[where])
        after = document.get("ExclusiveStartKey", {}).get("SessionID", {}).get("S", "")
        page = [name for name in names if name > after][: document["Limit"]]
        answer: dict[str, Any] = {"Items": [self.items[where][name] for name in page]}
        return answer | ({"LastEvaluatedKey": {"SessionID": {"S": page[-1]}}} if page and page[-1] != names[-1] else {})

    def _GetItem(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        item = self.items[where].get(document["Key"]["SessionID"]["S"])
        return {"Item": item} if item else {}

    def _GetShardIterator(self, _: Call, where: Any, document: Any) -> object:  # noqa: N802
        return {"ShardIterator": "first"}

    def _DeleteItem(self, call: Call, where: Any, document: Any) -> object:  # noqa: N802
        self.before_delete()
        self.seen_by_delete.append(call)
        if self.fails_with:
            return refusal(call, self.fails_with, "not now", status=500)
        name = document["Key"]["SessionID"]["S"]
        item = self.items[where].get(name)
        attribute = document["ExpressionAttributeNames"]["#ttl"]
        if item is None or item.get(attribute) != document["ExpressionAttributeValues"][":ttl"]:
            return refusal(call, "ConditionalCheckFailedException", "The conditional request failed")
        del self.items[where][name]
        cause = Cause(call.operation, system=bool(call.marks.get("system")))
        self._publish(*where, Change(document["Key"], item, None), cause)
        return {}

    def _publish(self, namespace: Namespace, table: str, change: Change, cause: Cause) -> None:
        self.feed.publish(Changes(namespace, table, time.time(), (change,), cause))


class World:
    """The room `Lifetimes` in front of an engine."""

    def __init__(self, *, lag_s: float = LAG_S_DEFAULT, held: Settings | None = None) -> None:
        self.clock = EdgeClock()
        self.feed = ChangeFeed()
        self.told: list[Changes] = []
        self.feed.listen(self.told.append)
        self.engine = Engine(self.feed)
        self.schemas = Tables(self.engine)
        self.room = Lifetimes(self.engine, self.schemas, self.feed, self.clock, lag_s=lag_s, held=held)
        self.room.stand_before(self.engine)
        self.engine.make()

    async def ask(self, operation: str, document: dict[str, Any], namespace: Namespace = HERE) -> Answer:
        """Send a client's call through the room."""
        call = own_call(namespace, operation, {"TableName": "sessions", **document})
        return await self.room.handle(call, self.engine)

    async def enable(self, attribute: str = "ExpiresAt", *, enabled: bool = True) -> Answer:
        specification = {"Enabled": enabled, "AttributeName": attribute}
        return await self.ask("UpdateTimeToLive", {"TimeToLiveSpecification": specification})

    async def expired(self) -> object:
        """Sweep what is due; return how many items were deleted."""
        return (await self.room.settle())["expired"]


def run(story: Callable[[World], Awaitable[None]], **options: Any) -> None:
    """Let a story happen in a world of its own."""

    async def in_loop() -> None:
        await story(World(**options))

    asyncio.run(in_loop())
