"""The edge client kills the workers that are meant, once there is one to kill."""

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.clients.edge import NoEdge
from harness.errors import AnswerUnexpected, TargetLacks, WaitTimeout
from harness.faults import AwsFaults
from tests.clients.fakes import answer, body_of


class FakeEdge:
    """Two functions with one worker each; a worker becomes busy after `busy_after` questions."""

    def __init__(self, busy_after: int = 0) -> None:
        self.busy_after = busy_after
        self.asked_to_kill: list[str] = []
        self.client = EdgeClient(http_client("http://edge.test", httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/_rehearsal/functions":
            return answer(200, workers=[{"function": "payments-payments-adapter"}, {"function": "payments-api"}])
        self.asked_to_kill.append(body_of(request)["function"])
        self.busy_after -= 1
        return answer(200, killed=int(self.busy_after < 0))


def test_worker_is_killed_when_it_is_busy() -> None:
    edge = FakeEdge(busy_after=2)

    assert edge.client.kill_busy_workers("payments-adapter", within_s=5) == 1
    assert edge.asked_to_kill == ["payments-payments-adapter"] * 3


def test_killing_raises_when_no_worker_gets_busy() -> None:
    edge = FakeEdge(busy_after=10_000)

    with pytest.raises(WaitTimeout, match="no worker of payments-adapter was busy") as caught:
        edge.client.kill_busy_workers("payments-adapter", within_s=0.1)

    assert "payments-api" in str(caught.value)


def test_killing_raises_when_there_is_no_such_function() -> None:
    edge = FakeEdge()

    with pytest.raises(WaitTimeout):
        edge.client.kill_busy_workers("refund-service", within_s=0.1)

    assert edge.asked_to_kill == []


def test_error_quotes_the_answer_when_the_edge_refuses() -> None:
    client = EdgeClient(http_client("http://edge.test", httpx.MockTransport(lambda _: answer(403, error="local only"))))

    with pytest.raises(AnswerUnexpected, match="GET /_rehearsal/functions with 403") as caught:
        client.workers()

    assert "local only" in str(caught.value)


def test_error_is_in_the_edges_words_when_it_has_some() -> None:
    refused = httpx.MockTransport(lambda _: answer(404, error={"message": "there is no fault 'f-9'"}))
    client = EdgeClient(http_client("http://edge.test", refused))

    with pytest.raises(AnswerUnexpected) as caught:
        client.ask("DELETE", "/_rehearsal/faults/f-9")

    assert caught.value.evidence["answer"] == "there is no fault 'f-9'"


def lacking_edge() -> tuple[EdgeClient, list[str]]:
    """Return a client of an edge whose target can kill nobody, and the paths that it was asked for."""
    asked: list[str] = []

    def answering(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/_rehearsal/functions":
            return answer(200, workers=[])
        return answer(501, error={"code": "target_lacks", "message": "functions live in containers of LocalStack"})

    return EdgeClient(http_client("http://edge.test", httpx.MockTransport(answering))), asked


def test_killing_is_what_the_target_lacks_when_the_edge_says_so() -> None:
    client, _ = lacking_edge()

    with pytest.raises(TargetLacks, match="workers can't be killed"):
        client.kill_busy_workers("payments-adapter", within_s=5)


def test_fault_that_kills_is_what_the_target_lacks_and_that_is_asked_once() -> None:
    client, asked = lacking_edge()

    for one in (client, client.again(), client.again()):
        with pytest.raises(TargetLacks):
            AwsFaults(one).kill_caller("PutItem", key="pay-1")

    assert asked == ["/_rehearsal/functions/kill"]
    assert AwsFaults(client).lacking == {"kill_caller"}


def test_other_faults_are_no_matter_when_nobody_can_be_killed() -> None:
    client, asked = lacking_edge()

    AwsFaults(client).throttle("PutItem", key="pay-1")

    assert asked == []


def test_nothing_is_lacking_when_workers_can_be_killed() -> None:
    assert AwsFaults(FakeEdge().client).lacking == frozenset()


def test_whatever_is_asked_is_lacking_when_there_is_no_edge() -> None:
    client = NoEdge(http_client(""))

    for ask in (client.workers, lambda: client.kill_busy_workers("x"), lambda: client.ask("GET", "/_rehearsal/heat")):
        with pytest.raises(TargetLacks, match="no edge"):
            ask()
    assert not client.again().is_there
