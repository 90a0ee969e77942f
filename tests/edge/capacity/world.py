"""An edge with nothing but capacity before a little engine, on a clock that is driven by hand."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import httpx

from harness.edge import Edge
from harness.edge.call import Answer, Call, Namespace
from harness.edge.capacity import Capacity, options_of
from harness.edge.changes import ChangeFeed
from harness.edge.clock import EdgeClock
from harness.edge.upstream import own_call
from tests.edge.capacity.engine import Engine
from tests.edge.test_edge import FakeControls

HERE = Namespace("000000000000", "us-east-1", "test")
NOON_S = 1_800_000_000.0


class HandClock(EdgeClock):
    """Stands still until it is moved."""

    def now_s(self) -> float:
        return NOON_S + self.ahead_s


def table(name: str = "wallets", **settings: Any) -> dict[str, Any]:
    """Return the description of an on-demand table with the key `PK`."""
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        **settings,
    }


def provisioned(read: int, write: int, name: str = "wallets", **settings: Any) -> dict[str, Any]:
    """Return the description of a provisioned table."""
    return table(name, BillingModeSummary={"BillingMode": "PROVISIONED"}, **throughput(read, write), **settings)


def throughput(read: int, write: int) -> dict[str, Any]:
    """Return provisioned throughput as DescribeTable tells it."""
    return {"ProvisionedThroughput": {"ReadCapacityUnits": read, "WriteCapacityUnits": write}}


def index(name: str, attribute: str, **settings: Any) -> dict[str, Any]:
    """Return the description of a global index over everything."""
    schema = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": schema, "Projection": {"ProjectionType": "ALL"}, **settings}


class Controls(FakeControls):
    """Controls of a target with many accounts."""

    def account_of(self, access_key: str) -> str:
        return access_key if access_key.isdigit() else HERE.account


class World:
    """The edge and what is asked of it. `document` is a capacity document, None for off."""

    def __init__(self, document: dict[str, Any] | None = None, *, hears: bool = True) -> None:
        self.clock, self.feed = HandClock(), ChangeFeed()
        self.engine = Engine(self.feed, publishes=hears)
        options = None if document is None else options_of(document)
        self.room = Capacity(self.engine, self.feed, self.clock, options, hears=hears)
        self.edge = Edge(self.engine, Controls(), rooms=(self.room,))
        self._loop = asyncio.new_event_loop()
        self.last: Call | None = None

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run a coroutine in the world's event loop."""
        return self._loop.run_until_complete(work)

    def end(self) -> None:
        """Close the event loop."""
        self._loop.close()

    def ask(self, operation: str, document: dict[str, Any], namespace: Namespace = HERE) -> Answer:
        """Make a call as a client does."""
        self.last = own_call(namespace, operation, document)
        answer: Answer = self.run(self.edge.serve(self.last))
        return answer

    def put(self, key: str, table: str = "wallets", *, size: int = 0, **attributes: Any) -> Answer:
        """Put an item; `size` bytes of text are in it."""
        padding = {"pad": {"S": "x" * size}} if size else {}
        item = {"PK": {"S": key}, **{name: {"S": value} for name, value in attributes.items()}, **padding}
        return self.ask("PutItem", {"TableName": table, "Item": item})

    def get(self, key: str, table: str = "wallets", **said: Any) -> Answer:
        """Get an item."""
        return self.ask("GetItem", {"TableName": table, "Key": {"PK": {"S": key}}, **said})

    def units(self) -> tuple[float, float]:
        """Return the read and write units that the last call took, by its marks."""
        assert self.last is not None
        told = self.last.marks["capacity"]
        return told["read_units"], told["write_units"]

    def consumed(self, table: str = "wallets", resource: str = "") -> tuple[float, float]:
        """Return what a table or index has taken in all, by its heat."""
        (one,) = [one for one in self.heat()["tables"] if one["table"] == table]
        (told,) = [told for told in one["resources"] if told["resource"] == resource]
        return told["consumed"]["read_units"], told["consumed"]["write_units"]

    def heat(self, **query: Any) -> dict[str, Any]:
        """Return the heat picture."""
        return dict(self.admin("GET", "/_rehearsal/heat", params=query).json())

    def admin(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Ask an admin endpoint."""

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.edge, client=("127.0.0.1", 50000))
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
                return await http.request(method, path, **options)

        answer: httpx.Response = self.run(ask())
        return answer


def code_of(answer: Answer) -> str:
    """Return an error answer's code."""
    return str(answer.document["__type"]).rpartition("#")[2]
