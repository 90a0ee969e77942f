"""The reader asks for a key schema once, and lives without one."""

import asyncio
import time

import pytest

from harness.edge.aws import Reader
from harness.edge.call import Answer, Call, Target
from harness.edge.identify import Identifier
from harness.edge.tables import Tables
from tests.edge.aws.reading import ITEM, SCHEMAS, A, Upstream, sent


def puts(table: str, count: int) -> list[Call]:
    calls = [sent("dynamodb", lambda c: c.put_item(TableName=table, Item=ITEM)) for _ in range(count)]
    for call in calls:
        Identifier(lambda _: "000000000000", "us-east-1").mark(call)
    return calls


def test_upstream_is_asked_once_when_many_calls_need_a_schema_at_once() -> None:
    upstream, calls = Upstream(), puts("Ledger", 20)

    async def all_at_once() -> None:
        reader = Reader(Tables(upstream))
        await asyncio.gather(*(reader.read(call) for call in calls))

    asyncio.run(all_at_once())

    assert upstream.asked == ["Ledger"]
    assert {call.targets for call in calls} == {(A,)}


def test_upstream_is_asked_once_when_many_calls_name_a_table_that_is_not_there() -> None:
    upstream, calls = Upstream(), puts("Nowhere", 20)

    async def one_by_one() -> None:
        reader = Reader(Tables(upstream))
        for call in calls:
            await reader.read(call)

    asyncio.run(one_by_one())

    assert len(upstream.asked) <= 2  # twice when this took longer than what is remembered


def test_schema_is_found_when_a_table_appears_later(monkeypatch: pytest.MonkeyPatch) -> None:
    upstream, (first, second) = Upstream(), puts("Late", 2)

    async def before_and_after() -> None:
        reader = Reader(Tables(upstream))
        await reader.read(first)
        monkeypatch.setitem(SCHEMAS, "Late", SCHEMAS["Ledger"])
        now = time.monotonic()
        monkeypatch.setattr(time, "monotonic", lambda: now + 1)
        await reader.read(second)

    asyncio.run(before_and_after())

    assert (first.targets, second.targets) == ((Target("Late"),), (Target("Late", A.key),))


def test_call_goes_on_when_the_upstream_is_gone(caplog: pytest.LogCaptureFixture) -> None:
    async def gone(_: Call) -> Answer:
        raise ConnectionError("nobody listens")

    (call,) = puts("Ledger", 1)

    asyncio.run(Reader(Tables(gone)).read(call))

    assert call.targets == (Target("Ledger"),)
    assert "the key schema of Ledger can't be told" in caplog.text
