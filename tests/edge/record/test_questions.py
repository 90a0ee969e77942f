"""The record answers questions: filters, order, pages, summaries; and stays in its bounds."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from harness.edge.call import Namespace, Target
from harness.edge.record import CallLog, CallQuery, Recorder
from harness.errors import SettingInvalid
from tests.edge.record.calls import record

ARN = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:pay-7f3a"


@pytest.fixture
def log() -> CallLog:
    log = CallLog()
    wallets = (Target("payments-Wallets", "UserID=user-1"), Target("payments-Events", "ID=e-1,At=2"))
    log.add(record(targets=wallets, caller="payments-wallet-service", execution=ARN, trace="1-a", started_at_s=100.0))
    log.add(record(operation="GetItem", status=400, error_code="ThrottlingException", started_at_s=200.0))
    log.add(record(service="sqs", operation="SendMessage", fate="reset", fault={"id": "f-1", "kind": "reset"}))
    log.add(record(service="sqs", operation="SendMessage", account="111111111111", region="eu-west-1"))
    return log


def numbers(log: CallLog, **parameters: str) -> list[int]:
    return [one.sequence for one in log.find(CallQuery.parse(parameters)).records]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"execution": ARN}, [1]),
        ({"execution": "pay-7f3a"}, [1]),
        ({"execution": "pay-*"}, [1]),
        ({"execution": "7f3a"}, []),
        ({"trace": "1-a"}, [1]),
        ({"service": "sqs"}, [3, 4]),
        ({"service": "s*"}, [3, 4]),
        ({"operation": "*Item"}, [1, 2]),
        ({"resource": "payments-Wallets"}, [1]),
        ({"resource": "Wallets"}, [1]),
        ({"resource": "allets"}, []),
        ({"resource": "Events"}, [1]),
        ({"key": "user-1"}, [1]),
        ({"key": "UserID=user-1"}, [1]),
        ({"key": "UserID=user"}, []),
        ({"key": "e-1,2"}, [1]),
        ({"key": "ID=e-1,*"}, [1]),
        ({"resource": "Wallets", "key": "user-*"}, [1]),
        ({"resource": "Events", "key": "user-1"}, []),
        ({"caller": "wallet-service"}, [1]),
        ({"caller": "payments-*"}, [1]),
        ({"caller": "*"}, [1]),
        ({"account": "111111111111"}, [4]),
        ({"region": "eu-*"}, [4]),
        ({"outcome": "ok"}, [1, 4]),
        ({"outcome": "error"}, [2]),
        ({"outcome": "lost"}, [3]),
        ({"outcome": "Throttling*"}, [2]),
        ({"fault": "f-1"}, [3]),
        ({"fault": "reset"}, [3]),
        ({"fault": "*"}, [3]),
        ({"since": "150"}, [2]),
        ({"since": "1970-01-01T00:01:40Z", "until": "1970-01-01T00:02:00Z"}, [1]),
        ({"since": "1970-01-01T02:03:20 02:00"}, [2]),  # a plus sign that a URL has made a space
        ({"order": "newest"}, [4, 3, 2, 1]),
        ({"limit": "2"}, [3, 4]),
        ({"limit": "2", "order": "newest"}, [4, 3]),
        ({"after": "1", "limit": "2"}, [2, 3]),
        ({"after": "0", "limit": "2"}, [1, 2]),
        ({"after": "2", "order": "newest"}, [4, 3]),
        ({"after": "9"}, []),
        ({"service": "sqs", "after": "3"}, [4]),
        ({"service": "dynamodb", "outcome": "ok"}, [1]),
    ],
)
def test_calls_are_those_that_are_asked_for(log: CallLog, parameters: dict[str, str], found: list[int]) -> None:
    assert numbers(log, **parameters) == found


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"limit": "0"}, "limit is '0', expected a whole number from 1 to 10000"),
        ({"limit": "many"}, "limit is 'many'"),
        ({"limit": "٣"}, "limit is"),
        ({"after": "-1"}, "after is '-1'"),
        ({"after": "9" * 30}, "after is"),
        ({"since": "yesterday"}, "since is 'yesterday', expected epoch seconds or an instant"),
        ({"until": "2026-11-21T15:00:00"}, "with its offset"),
        ({"since": "9", "until": "8"}, "since is later than until"),
        ({"order": "random"}, "order is 'random', expected oldest or newest"),
        ({"tables": "x"}, "calls have no 'tables', expected some of execution"),
    ],
)
def test_question_is_refused_in_words_when_it_makes_no_sense(parameters: dict[str, str], words: str) -> None:
    with pytest.raises(SettingInvalid, match=words):
        CallQuery.parse(parameters)


def test_pages_hold_every_call_once_when_they_are_followed(log: CallLog) -> None:
    seen, after, more = [], 0, True
    while more:
        page = log.find(CallQuery(after=after, limit=3))
        seen += [one.sequence for one in page.records]
        after, more = seen[-1], page.more

    assert seen == [1, 2, 3, 4]


def test_oldest_go_when_there_are_too_many() -> None:
    log = CallLog(kept_max=10)
    for _ in range(50):
        log.add(record())

    assert [one["sequence"] for one in log.recent()] == list(range(41, 51))
    assert (log.added, log.dropped) == (50, 40)
    assert [one.sequence for one in log.find(CallQuery(after=45)).records] == [46, 47, 48, 49, 50]


def test_oldest_go_when_they_take_too_much_memory() -> None:
    log = CallLog(bytes_max=10_000)
    for _ in range(100):
        log.add(record(targets=(Target("T", "k"),) * 25))

    assert 1 <= len(log) <= 2
    assert log.dropped == 100 - len(log)


def test_calls_of_one_namespace_go_when_it_is_forgotten(log: CallLog) -> None:
    log.clear(Namespace("111111111111", "eu-west-1"))
    log.add(record())

    assert numbers(log) == [1, 2, 3, 5]
    assert numbers(log, after="3") == [5]


def test_readers_see_whole_pages_when_calls_are_added_meanwhile() -> None:
    log, torn, stop = CallLog(kept_max=500), [], threading.Event()

    def read() -> None:
        while not stop.is_set():
            found = [one.sequence for one in log.find(CallQuery(limit=200)).records]
            if found != sorted(set(found)):
                torn.append(found)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(3000):
        log.add(record())
    stop.set()
    for reader in readers:
        reader.join(5)

    assert torn == []
    assert log.added == 3000


def ask(recorder: Recorder, method: str, path: str, **request: Any) -> httpx.Response:
    from starlette.applications import Starlette

    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(Starlette(routes=list(recorder.routes())))
        async with httpx.AsyncClient(transport=transport, base_url="http://edge") as http:
            return await http.request(method, f"/_rehearsal/{path}", **request)

    return asyncio.run(go())


@pytest.fixture
def recorder(log: CallLog) -> Recorder:
    recorder = Recorder()
    recorder.calls = log
    return recorder


def test_endpoint_tells_where_to_go_on(recorder: Recorder) -> None:
    told = ask(recorder, "GET", "calls?service=dynamodb&limit=1").json()

    assert [one["sequence"] for one in told["calls"]] == [2]
    assert (told["last"], told["more"], told["dropped"]) == (4, True, 0)


@pytest.mark.parametrize("path", ["calls?limit=x", "calls/summary?since=x", "calls?nothing=1"])
def test_endpoint_refuses_in_words_when_the_question_makes_no_sense(recorder: Recorder, path: str) -> None:
    answer = ask(recorder, "GET", path)

    assert answer.status_code == 400
    assert "expected" in answer.json()["error"]["message"]


def test_summary_counts_by_service_operation_and_resource() -> None:
    recorder = Recorder()
    for number in range(1, 101):
        recorder.calls.add(record(targets=(Target("Wallets", "k"),), duration_ms=float(number), write_units=1.0))
    recorder.calls.add(record(status=400, error_code="ValidationException", duration_ms=500.0))
    recorder.calls.add(record(service="sqs", fate="reset", fault={"id": "f-1"}))

    told = ask(recorder, "GET", "calls/summary").json()

    wallets = told["rows"][0]
    assert (wallets["resource"], wallets["calls"], wallets["p50_ms"], wallets["p99_ms"]) == ("Wallets", 100, 50.0, 99.0)
    assert (wallets["write_units"], wallets["max_ms"]) == (100.0, 100.0)
    assert told["total"]["calls"] == 102
    assert (told["total"]["ok"], told["total"]["errors"], told["total"]["lost"]) == (100, 1, 1)
    assert told["total"]["error_codes"] == {"ValidationException": 1}
    assert told["total"]["faults"] == 1
    assert ask(recorder, "GET", "calls/summary?service=none").json()["total"]["p50_ms"] is None
