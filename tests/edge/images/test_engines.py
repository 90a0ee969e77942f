"""Behind real engines: what the feed told, played back, is what the tables hold, whatever many clients did at once."""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from harness.edge.call import Namespace
from harness.edge.changes import ChangeFeed, Changes, Item
from harness.edge.clock import EdgeClock
from harness.edge.guard import Guard
from harness.edge.http import HttpUpstream
from harness.edge.images import Images
from harness.edge.tables import Tables
from harness.edge.upstream import ask
from tests.edge.images.engine import call_of
from tests.edge.standing import ministack_server, moto_server

pytestmark = pytest.mark.slow
HERE = Namespace("000000000000", "us-east-1")
TABLES = ("Wallets", "Events")
CLIENTS = 8
CALLS_EACH = 15


@pytest.fixture(scope="module", params=["ministack", "moto"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ExitStack() as stack:
        served = moto_server() if request.param == "moto" else ministack_server(tmp_path_factory.mktemp("engine"))
        yield stack.enter_context(served)


def key(draw: random.Random) -> dict[str, Any]:
    return {"PK": {"S": draw.choice("abc")}, "SK": {"N": draw.choice(("1", "2"))}}


def put(draw: random.Random) -> dict[str, Any]:
    item = {**key(draw), "V": {"N": str(draw.randrange(5))}, "Note": {"S": "x" * draw.randrange(40)}}
    more = {"ConditionExpression": "attribute_not_exists(PK)"} if draw.random() < 0.3 else {}
    return {"TableName": draw.choice(TABLES), "Item": item, **more}


def update(draw: random.Random, *, values: bool = True) -> dict[str, Any]:
    more: dict[str, Any] = {}
    if values:
        more["ReturnValues"] = draw.choice(("NONE", "ALL_OLD", "ALL_NEW", "UPDATED_OLD", "UPDATED_NEW"))
    return {
        "TableName": draw.choice(TABLES),
        "Key": key(draw),
        "UpdateExpression": "SET #v = :v, Seen = if_not_exists(Seen, :v)",
        "ExpressionAttributeNames": {"#v": "V"},
        "ExpressionAttributeValues": {":v": {"N": str(draw.randrange(5))}},
        **more,
    }


def delete(draw: random.Random) -> dict[str, Any]:
    return {"TableName": draw.choice(TABLES), "Key": key(draw)}


def batch(draw: random.Random) -> dict[str, Any]:
    requests: dict[str, Any] = {}
    for table in TABLES:
        keys = {(one["PK"]["S"], one["SK"]["N"]): one for one in (key(draw) for _ in range(3))}
        requests[table] = [
            {"PutRequest": {"Item": {**one, "V": {"N": "9"}}}}
            if draw.random() < 0.6
            else {"DeleteRequest": {"Key": one}}
            for one in keys.values()
        ]
    return {"RequestItems": requests}


def transaction(draw: random.Random) -> dict[str, Any]:
    actions = [{"Put": put(draw)}, {"Update": update(draw, values=False)}, {"Delete": delete(draw)}]
    return {"TransactItems": actions, "ClientRequestToken": f"{draw.randrange(10**9)}"}


def statement(draw: random.Random) -> dict[str, Any]:
    one, table = key(draw), draw.choice(TABLES)
    text = draw.choice(
        (
            'UPDATE "{}" SET V = 7 WHERE PK = ? AND SK = ?',
            'DELETE FROM "{}" WHERE PK = ? AND SK = ?',
            "INSERT INTO \"{}\" VALUE {{'PK': ?, 'SK': ?, 'V': 3}}",
        )
    )
    return {"Statement": text.format(table), "Parameters": [one["PK"], one["SK"]]}


MAKERS = {
    "PutItem": put,
    "UpdateItem": update,
    "DeleteItem": delete,
    "BatchWriteItem": batch,
    "TransactWriteItems": transaction,
    "ExecuteStatement": statement,
}


@pytest.mark.parametrize("seed", [1, 2])
def test_told_changes_lead_to_the_tables_when_many_write_at_once(engine: str, seed: int) -> None:
    # In a thread of its own: a browser of another test may run a loop in this one.
    with ThreadPoolExecutor(1) as apart:
        apart.submit(lambda: asyncio.run(_write_and_compare(engine, seed))).result()


async def _write_and_compare(url: str, seed: int) -> None:
    upstream, clock, feed = HttpUpstream(url), EdgeClock(), ChangeFeed()
    told: list[Changes] = []
    feed.listen(told.append)
    images, guard = Images(upstream, Tables(upstream), feed, clock), Guard(clock)
    for table in TABLES:
        await _make_afresh(upstream, table)

    async def client(number: int) -> list[int]:
        draw = random.Random(f"{seed}/{number}")  # noqa: S311 - a story to repeat, not a secret
        statuses = []
        for _ in range(CALLS_EACH):
            operation = draw.choice(list(MAKERS))
            call = call_of(operation, MAKERS[operation](draw), HERE)
            answer = await guard.handle(call, lambda passed: images.handle(passed, upstream))
            statuses.append(answer.status)
        return statuses

    statuses = [status for several in await asyncio.gather(*map(client, range(CLIENTS))) for status in several]
    held = {table: await _scan(upstream, table) for table in TABLES}
    await images.stop()
    await upstream.close()

    assert statuses.count(200) > len(statuses) // 3
    played: dict[str, dict[str, Item]] = {table: {} for table in TABLES}
    for changes in told:
        for change in changes.changes:
            name = _name(change.key)
            assert change.before == played[changes.table].get(name), changes
            if change.after is None:
                del played[changes.table][name]
            else:
                played[changes.table][name] = change.after
    assert played == held


async def _make_afresh(upstream: HttpUpstream, table: str) -> None:
    if table in (await ask(upstream, HERE, "ListTables", {}))["TableNames"]:
        await ask(upstream, HERE, "DeleteTable", {"TableName": table})
    schema = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
    kinds = [{"AttributeName": "PK", "AttributeType": "S"}, {"AttributeName": "SK", "AttributeType": "N"}]
    made = {"TableName": table, "KeySchema": schema, "AttributeDefinitions": kinds, "BillingMode": "PAY_PER_REQUEST"}
    await ask(upstream, HERE, "CreateTable", made)


async def _scan(upstream: HttpUpstream, table: str) -> dict[str, Item]:
    items = (await ask(upstream, HERE, "Scan", {"TableName": table}))["Items"]
    return {_name(item): item for item in items}


def _name(item: Item) -> str:
    return f"{item['PK']['S']}/{item['SK']['N']}"
