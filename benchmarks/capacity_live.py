"""What enforcing capacity adds to a DynamoDB call: the room alone over an engine that answers at once, and end to end.

The room is measured on and off in turns on the same calls, so that what both do (a coroutine, the engine) cancels out.
The budget is 50 µs at the median.
"""

import asyncio
import gc
import statistics
import time
from dataclasses import dataclass
from typing import Any

import orjson

from harness.capacity.shape import shape_of
from harness.capacity.units import place_of
from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.edge.call import Answer, Call, Namespace
from harness.edge.capacity import Capacity, options_of
from harness.edge.changes import Cause, Change, ChangeFeed, Changes
from harness.edge.clock import EdgeClock
from harness.edge.upstream import own_call
from harness.targets import Environment

BUDGET_US = 50.0
KEYS = 2_000
ROUNDS = 8
HERE = Namespace("000000000000", "us-east-1")
TABLE = "bench-Wallets"
PATH = "/_rehearsal/capacity"
# Far from any limit, so that nothing is refused; one index, as most tables have.
DESCRIPTION: dict[str, Any] = {
    "TableName": TABLE,
    "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "Status")],
    "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "by-status",
            "KeySchema": [{"AttributeName": "Status", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
}
SETTINGS = {"enforce": True, "scale": 1000.0}


@dataclass(frozen=True, slots=True)
class Added:
    """Microseconds a call of one operation at the median of the quietest round, with the room on and off."""

    operation: str
    on_us: float
    off_us: float

    @property
    def added_us(self) -> float:
        """What the room adds."""
        return self.on_us - self.off_us


def measure(calls: int = 4_000) -> list[Added]:
    """Measure the room alone, in this process: a row an operation."""
    return asyncio.run(_measure(calls))


def measure_end_to_end(environment: Environment, calls: int = 1_000) -> list[Added]:
    """Measure through HTTP against a running environment, whose capacity is off again afterwards."""
    client = environment.client("dynamodb")
    client.create_table(**{name: value for name, value in DESCRIPTION.items() if name != "BillingModeSummary"},
                        BillingMode="PAY_PER_REQUEST")  # fmt: skip
    edge = EdgeClient(http_client(environment.aws_endpoint_url))
    try:
        return [
            _alternating(
                operation,
                lambda on: edge.ask("PUT", PATH, json=SETTINGS) if on else edge.ask("DELETE", PATH),
                lambda number, operation=operation: _send(client, operation, _document(operation, number)),
                calls,
            )
            for operation in OPERATIONS
        ]
    finally:
        edge.ask("DELETE", PATH)
        client.delete_table(TableName=TABLE)


def document(rows: list[Added], title: str) -> list[str]:
    """Return the rows as lines of Markdown."""
    return [
        f"| {title} | on | off | added |",
        "| --- | --- | --- | --- |",
        *(f"| {one.operation} | {one.on_us:.0f} µs | {one.off_us:.0f} µs | {one.added_us:.0f} µs |" for one in rows),
        "",
    ]


async def _measure(calls: int) -> list[Added]:
    feed = ChangeFeed()
    engine = _Instant(feed)
    room = Capacity(engine, feed, EdgeClock())
    on = options_of(SETTINGS)
    rows = []
    for operation in OPERATIONS:
        samples: dict[bool, list[float]] = {True: [], False: []}
        for number in range(ROUNDS * 2):
            enabled = number % 2 == 0
            room.scopes.set(on if enabled else None)
            samples[enabled].append(await _round(room, engine, operation, calls // ROUNDS))
        rows.append(Added(operation, min(samples[True]), min(samples[False])))
    return rows


async def _round(room: Capacity, engine: "_Instant", operation: str, calls: int) -> float:
    """Return the median microseconds of a round's calls."""
    prepared = []
    for number in range(calls):
        call = own_call(HERE, operation, _document(operation, number))
        assert call.document is not None  # read by the edge before any room
        prepared.append(call)
    took = []
    gc.collect()
    for call in prepared:
        began = time.perf_counter()
        answer = await room.handle(call, engine)
        took.append(time.perf_counter() - began)
        assert answer.status == 200, answer.body
    return statistics.median(took) * 1e6


def _alternating(operation: str, switch: Any, send: Any, calls: int) -> Added:
    samples: dict[bool, list[float]] = {True: [], False: []}
    for number in range(ROUNDS * 2):
        enabled = number % 2 == 0
        switch(enabled)
        took = []
        for at in range(calls // ROUNDS):
            began = time.perf_counter()
            send(at)
            took.append(time.perf_counter() - began)
        samples[enabled].append(statistics.median(took) * 1e6)
    return Added(operation, min(samples[True]), min(samples[False]))


class _Instant:
    """Answers at once, tells what a call consumed and publishes what a write changed."""

    def __init__(self, feed: ChangeFeed) -> None:
        self._feed = feed
        self._shape = shape_of(DESCRIPTION)
        self._items: dict[str, dict[str, Any]] = {}

    async def __call__(self, call: Call) -> Answer:
        if call.operation == "DescribeTable":
            return _answer({"Table": DESCRIPTION})
        asked = call.document
        if call.operation in ("GetItem", "Query"):
            wish = asked.get("ReturnConsumedCapacity", "NONE")
            return Answer(200, list(_HEADERS), _FOUND[call.operation, wish != "NONE"])
        for item in _written(call.operation, asked):
            where = place_of(self._shape.key, item).item
            before, self._items[where] = self._items.get(where), item
            key = {name: item[name] for name in self._shape.key.names}
            self._feed.publish(Changes(HERE, TABLE, 0.0, (Change(key, before, item),), Cause(call.operation)))
        return _answer({})


def _item(number: int) -> dict[str, Any]:
    """Return a wallet of ten attributes, about 300 bytes."""
    text = {name: {"S": f"{name.lower()}-{number % KEYS:06}-xxxxxxxx"} for name in ("Owner", "Name", "Note", "Region")}
    return {
        **_key(number),
        "Status": {"S": "OPEN"},
        "Balance": {"N": str(number)},
        "Version": {"N": "12"},
        "Open": {"BOOL": True},
        **text,
    }


def _key(number: int) -> dict[str, Any]:
    return {"PK": {"S": f"user-{number % KEYS:06}"}, "SK": {"S": "wallet"}}


PAGE = 10
_HEADERS = ((b"content-type", b"application/x-amz-json-1.0"),)
_READ: dict[str, dict[str, Any]] = {
    "GetItem": {"Item": _item(0)},
    "Query": {"Items": [_item(0)] * PAGE, "Count": PAGE, "ScannedCount": PAGE},
}
_UNITS = {"TableName": TABLE, "CapacityUnits": 0.5, "Table": {"CapacityUnits": 0.5}}
_FOUND = {
    (operation, told): orjson.dumps({**found, **({"ConsumedCapacity": _UNITS} if told else {})})
    for operation, found in _READ.items()
    for told in (True, False)
}
_UPDATE = {
    "UpdateExpression": "SET Balance = Balance + :n, Version = :v",
    "ConditionExpression": "attribute_exists(PK)",
    "ExpressionAttributeValues": {":n": {"N": "1"}, ":v": {"N": "13"}},
}
OPERATIONS = ("PutItem", "GetItem", "UpdateItem", "TransactWriteItems", "Query")


def _document(operation: str, number: int) -> dict[str, Any]:
    """Return one request."""
    if operation == "PutItem":
        return {"TableName": TABLE, "Item": _item(number)}
    if operation == "GetItem":
        return {"TableName": TABLE, "Key": _key(number)}
    if operation == "UpdateItem":
        return {"TableName": TABLE, "Key": _key(number), **_UPDATE}
    if operation == "Query":
        condition = {"KeyConditionExpression": "PK = :p", "ExpressionAttributeValues": {":p": _key(number)["PK"]}}
        return {"TableName": TABLE, **condition}
    puts = [{"Put": {"TableName": TABLE, "Item": _item(number + at * KEYS // 2)}} for at in (0, 1)]
    return {"TransactItems": puts, "ClientRequestToken": f"token-{number}-{time.perf_counter_ns()}"}


def _written(operation: str, asked: Any) -> list[dict[str, Any]]:
    if operation == "TransactWriteItems":
        return [entry["Put"]["Item"] for entry in asked["TransactItems"]]
    if operation == "UpdateItem":
        number = int(asked["Key"]["PK"]["S"].rpartition("-")[2])
        return [{**_item(number), "Version": {"N": "13"}, "Balance": {"N": "99"}}]
    return [asked["Item"]]


def _send(client: Any, operation: str, asked: dict[str, Any]) -> None:
    name = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
    getattr(client, name)(**asked)


def _answer(told: dict[str, Any]) -> Answer:
    return Answer(200, list(_HEADERS), orjson.dumps(told))
