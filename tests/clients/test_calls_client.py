"""The record of calls as clients read it: pages, news, figures; asked of a real recorder."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.calls import CallsClient
from harness.clock import ManualClock
from harness.edge.record import CallRecord, Recorder
from harness.errors import AnswerUnexpected


class FakeEdge:
    """A recorder behind a client, and a clock that calls `meanwhile` whenever somebody waits."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.meanwhile: list[Callable[[], None]] = []
        self.asked: list[httpx.Request] = []
        clock = ManualClock()
        clock.sleep = lambda _: self.meanwhile.pop(0)()  # type: ignore[method-assign]
        self.client = CallsClient(EdgeClient(http_client("http://edge.test", httpx.MockTransport(self._answer))), clock)

    def pass_calls(self, count: int, **known: Any) -> None:
        for _ in range(count):
            told = {"service": "dynamodb", "operation": "PutItem", "fate": "delivered", "status": 200, **known}
            self.recorder.calls.add(CallRecord(0.0, method="POST", path="/", trace="", caller="", **told))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)

        async def go() -> httpx.Response:
            transport = httpx.ASGITransport(Starlette(routes=list(self.recorder.routes())))
            async with httpx.AsyncClient(transport=transport) as http:
                return await http.request(request.method, request.url, content=request.content)

        answer = asyncio.run(go())
        return httpx.Response(answer.status_code, content=answer.content)


def numbers(found: list[Any]) -> list[int]:
    return [one["sequence"] for one in found]


def test_newest_calls_come_oldest_first() -> None:
    edge = FakeEdge()
    edge.pass_calls(3)
    edge.pass_calls(2, service="sqs")

    assert numbers(edge.client.recent(limit=2)) == [4, 5]
    assert numbers(edge.client.recent(service="dynamodb", key="")) == [1, 2, 3]


def test_page_tells_where_to_go_on_when_more_fit() -> None:
    edge = FakeEdge()
    edge.pass_calls(5)
    edge.pass_calls(2, service="sqs")

    first = edge.client.after(0, limit=3, service="dynamodb")
    second = edge.client.after(first.last, limit=3, service="dynamodb")

    assert (numbers(first.calls), first.last, first.more) == ([1, 2, 3], 3, True)
    assert (numbers(second.calls), second.last, second.more) == ([4, 5], 7, False)


def test_following_gives_every_call_once_when_they_come_in_bursts() -> None:
    edge = FakeEdge()
    edge.pass_calls(3)
    edge.meanwhile = [lambda: edge.pass_calls(2500), lambda: None, lambda: edge.pass_calls(1)]
    news = edge.client.follow(last=2)

    seen: list[int] = []
    while len(seen) < 2503:
        seen += numbers(next(news))

    assert seen == list(range(2, 2505))


def test_following_begins_with_what_comes_when_nothing_old_is_wanted() -> None:
    edge = FakeEdge()
    edge.pass_calls(3)
    edge.meanwhile = [lambda: edge.pass_calls(1)]
    news = edge.client.follow()

    assert (next(news), numbers(next(news))) == ([], [4])


def test_following_goes_on_when_the_edge_began_anew() -> None:
    edge = FakeEdge()
    edge.pass_calls(9)

    def again() -> None:
        edge.recorder = Recorder()
        edge.pass_calls(1)

    edge.meanwhile = [again, lambda: None]
    news = edge.client.follow(last=1)

    assert (numbers(next(news)), numbers(next(news))) == ([9], [1])


def test_summary_is_of_the_calls_that_fit() -> None:
    edge = FakeEdge()
    edge.pass_calls(3)
    edge.pass_calls(2, service="sqs")

    assert edge.client.summary(service="sqs")["total"]["calls"] == 2


def test_bodies_are_switched_on_and_off() -> None:
    edge = FakeEdge()
    edge.client.record_bodies(services=["sqs"], bytes_max=9)
    asked = json.loads(edge.asked[-1].content)
    switched_on = edge.recorder.recording.bodies
    edge.client.leave_bodies()

    assert asked == {"bodies": True, "services": ["sqs"], "bytes_max": 9}
    assert (switched_on, edge.recorder.recording.bodies) == (True, False)


def test_error_has_the_edges_words_when_a_filter_makes_no_sense() -> None:
    with pytest.raises(AnswerUnexpected) as caught:
        FakeEdge().client.recent(sinse="1")

    assert "calls have no 'sinse'" in str(caught.value)
