"""A tiny DynamoDB in memory whose moments can be held, and the room before it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from harness.edge.backups import Backups, BackupsOptions
from harness.edge.call import Answer, Call, Namespace
from harness.edge.changes import Cause, Change, ChangeFeed, Changes
from harness.edge.journal import Journal, JournalOptions
from harness.edge.tables import Tables
from harness.edge.upstream import own_call
from tests.edge.journal.histories import StandingClock

HERE = Namespace("000000000000", "us-east-1")
PAGE_ITEMS = 2


class Refusal(Exception):
    """The engine refuses."""


@dataclass
class Engine:
    """Holds tables with the key `UserID`, publishes changes, and calls `meanwhile` before it serves an operation."""

    feed: ChangeFeed
    clock: StandingClock
    tables: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    meanwhile: dict[str, Callable[[], Awaitable[None]]] = field(default_factory=dict)
    creations: list[dict[str, Any]] = field(default_factory=list)
    protected: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)

    async def __call__(self, call: Call) -> Answer:
        if call.operation in self.meanwhile:
            await self.meanwhile[call.operation]()
        try:
            told = self._served(call.operation, dict(call.document))
        except Refusal as problem:
            code, message = problem.args
            return Answer(400, [], orjson.dumps({"__type": code, "message": message}))
        return Answer(200, [], orjson.dumps(told))

    def _served(self, operation: str, asked: dict[str, Any]) -> Any:
        if operation in self.fails:
            raise Refusal("InternalServerError", "no such luck")
        return getattr(self, f"_{operation}")(asked)

    def put(self, table: str, user: str, amount: int) -> None:
        item = {"UserID": {"S": user}, "Amount": {"N": str(amount)}}
        before, self.tables[table][user] = self.tables[table].get(user), item
        change = Change({"UserID": {"S": user}}, before, item)
        self.feed.publish(Changes(HERE, table, self.clock.now_s(), (change,), Cause("PutItem")))

    def make(self, name: str) -> None:
        self.tables[name] = {}

    def describe(self, name: str) -> dict[str, Any]:
        if name not in self.tables:
            raise Refusal("ResourceNotFoundException", f"Requested resource not found: Table: {name} not found")
        return {
            "TableName": name,
            "TableStatus": "ACTIVE",
            "TableArn": f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}",
            "TableId": f"id-of-{name}-{id(self.tables[name])}",
            "CreationDateTime": 1_000_000,
            "KeySchema": [{"AttributeName": "UserID", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "UserID", "AttributeType": "S"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }

    def _CreateTable(self, asked: dict[str, Any]) -> Any:  # noqa: N802 - an operation
        if asked["TableName"] in self.tables:
            raise Refusal("ResourceInUseException", "Table already exists")
        self.creations.append(asked)
        self.make(asked["TableName"])
        return {"TableDescription": self.describe(asked["TableName"])}

    def _DescribeTable(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        return {"Table": self.describe(asked["TableName"])}

    def _DeleteTable(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        described = self.describe(asked["TableName"])
        del self.tables[asked["TableName"]]
        return {"TableDescription": described}

    def _DescribeContinuousBackups(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        status = "ENABLED" if asked["TableName"] in self.protected else "DISABLED"
        told = {"PointInTimeRecoveryStatus": status}
        return {
            "ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": told,
            }
        }

    def _DescribeTimeToLive(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}

    def _BatchWriteItem(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        left = {}
        for table, requests in asked["RequestItems"].items():
            for request in requests[:20]:
                item = request["PutRequest"]["Item"]
                self.put(table, item["UserID"]["S"], int(item["Amount"]["N"]))
            if requests[20:]:
                left[table] = requests[20:]
        return {"UnprocessedItems": left}

    def _Scan(self, asked: dict[str, Any]) -> Any:  # noqa: N802
        items = sorted(self.tables[asked["TableName"]].items())
        begin = asked.get("ExclusiveStartKey", {}).get("UserID", {}).get("S", "")
        page = [item for user, item in items if user > begin][:PAGE_ITEMS]
        more = {"LastEvaluatedKey": {"UserID": page[-1]["UserID"]}} if len(page) == PAGE_ITEMS else {}
        return {"Items": page, **more}


@dataclass
class Stage:
    """A room before an engine; `ask` returns what a client would get, parsed."""

    engine: Engine
    journal: Journal
    clock: StandingClock
    room: Backups

    async def ask(self, operation: str, **document: Any) -> dict[str, Any]:
        answer = await self.room.handle(own_call(HERE, operation, document), self.engine)
        told: dict[str, Any] = answer.document
        if answer.status != 200:
            return {"error": told["__type"].rpartition("#")[2], "message": told["message"]}
        return told

    async def protect(self, table: str) -> dict[str, Any]:
        specification = {"PointInTimeRecoveryEnabled": True}
        return await self.ask(
            "UpdateContinuousBackups", TableName=table, PointInTimeRecoverySpecification=specification
        )

    async def window(self, table: str) -> dict[str, Any]:
        told = await self.ask("DescribeContinuousBackups", TableName=table)
        pitr: dict[str, Any] = told["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
        return pitr

    async def restored(self, source: str, at_s: float, target: str) -> dict[str, int]:
        """Restore a table, wait for it, and return its amounts."""
        told = await self.ask(
            "RestoreTableToPointInTime", SourceTableName=source, TargetTableName=target, RestoreDateTime=at_s
        )
        assert "TableDescription" in told, told
        await self.active(target)
        return self.amounts(target)

    async def active(self, table: str) -> dict[str, Any]:
        async with asyncio.timeout(5):
            while True:
                described: dict[str, Any] = (await self.ask("DescribeTable", TableName=table))["Table"]
                if described["TableStatus"] == "ACTIVE":
                    return described
                await asyncio.sleep(0.002)

    def amounts(self, table: str) -> dict[str, int]:
        return {user: int(item["Amount"]["N"]) for user, item in self.engine.tables[table].items()}


def stage(directory: Path | None = None) -> Stage:
    clock, feed = StandingClock(), ChangeFeed()
    engine = Engine(feed, clock)
    journal = Journal(clock, feed, JournalOptions(directory / "journal" if directory else None))
    room = Backups(journal, clock, Tables(engine), BackupsOptions(directory / "backups" if directory else None))
    room.stand_before(engine)
    return Stage(engine, journal, clock, room)
