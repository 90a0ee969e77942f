"""The clock and TTL at the admin endpoints and by their client."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.edge_clock import ClockClient
from harness.durations import DURATION_S_MAX
from harness.edge import Edge
from harness.edge.call import Namespace
from harness.edge.ttl import Lifetimes
from harness.errors import AnswerUnexpected, SettingInvalid
from tests.edge.admin.edges import ask, edge_of, words


def clock_of(edge: Edge) -> ClockClient:
    """Return a client whose requests this edge answers."""

    def answer(request: httpx.Request) -> httpx.Response:
        given = ask(edge, request.method, request.url.raw_path.decode(), content=request.content)
        return httpx.Response(given.status_code, content=given.content)

    return ClockClient(EdgeClient(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost")))


def watch(edge: Edge, *tables: str) -> Any:
    (room,) = [room for room in edge.rooms if isinstance(room, Lifetimes)]
    for table in tables:
        watched = room._sweeper.watch(Namespace("000000000000", "us-east-1"), table)
        watched.learn("ExpiresAt")
        watched.needs_scan = False
    return room._sweeper


def test_clock_is_ahead_by_the_sum_when_it_is_advanced_twice() -> None:
    clock = clock_of(edge_of()[0])
    before = clock.show()

    clock.advance("1h30m")
    after = clock.advance(60)

    assert (before.ahead_s, after.ahead_s) == (0, 5460)
    assert after.now.tzinfo is not None
    assert 5460 <= (after.now - before.now).total_seconds() < 5520


def test_clock_shows_this_machines_time_when_it_is_reset() -> None:
    clock = clock_of(edge_of()[0])
    clock.advance("3d")

    moment = clock.reset()

    assert moment.ahead_s == 0
    assert abs((moment.now - datetime.now(moment.now.tzinfo)).total_seconds()) < 60


@pytest.mark.parametrize(
    "body",
    [{}, {"by": "2 fortnights"}, {"by": -1}, {"by": None}, {"by": True}, {"by": []}, {"by": DURATION_S_MAX * 2},
     {"by": "1h", "only": "edge"}],
)  # fmt: skip
def test_clock_stands_when_the_duration_is_nonsense(body: object) -> None:
    edge, _ = edge_of()

    answer = ask(edge, "POST", "/_rehearsal/clock/advance", json=body)

    assert answer.status_code == 400
    assert words(answer)
    assert ask(edge, "GET", "/_rehearsal/clock").json()["ahead_s"] == 0


def test_clock_stands_when_it_would_be_over_a_hundred_years_ahead() -> None:
    edge, _ = edge_of()
    clock = clock_of(edge)
    clock.advance(DURATION_S_MAX)

    with pytest.raises(AnswerUnexpected, match="400"):
        clock.advance("1s")
    assert ask(edge, "GET", "/_rehearsal/ttl").status_code == 200


def test_client_refuses_by_itself_when_the_duration_is_nonsense() -> None:
    with pytest.raises(SettingInvalid):
        clock_of(edge_of()[0]).advance("soon")


def test_health_says_how_far_ahead_the_clock_is() -> None:
    edge, _ = edge_of()
    clock_of(edge).advance("2h")

    assert ask(edge, "GET", "/_rehearsal/health").json()["clock_ahead_s"] == 7200


def test_narrowest_lag_holds_when_several_were_set() -> None:
    edge, _ = edge_of()
    sweeper = watch(edge, "sessions", "carts", "tokens")
    clock = clock_of(edge)

    clock.set_lag("1h")
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag": "2h", "account": "000000000000"})
    clock.set_lag("3h", table="carts")
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag": "4h", "account": "000000000000", "table": "tokens"})

    lags = {table.name: sweeper.lag_s(table) / 3600 for table in sweeper.tables.values()}
    assert lags == {"sessions": 2, "carts": 3, "tokens": 4}
    clock.set_lag(None, table="carts")
    assert sweeper.lag_s(watch(edge, "carts").tables[Namespace("000000000000", "us-east-1"), "carts"]) == 7200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/_rehearsal/ttl", {}),
        ("PUT", "/_rehearsal/ttl", {"lag_s": 1, "lag": "1s"}),
        ("PUT", "/_rehearsal/ttl", {"lag_s": -1}),
        ("PUT", "/_rehearsal/ttl", {"lag_s": 1, "table": 7}),
        ("PUT", "/_rehearsal/ttl", {"lag_s": 1, "tables": "x"}),
        ("POST", "/_rehearsal/ttl/sweep", {"key": "a"}),
        ("POST", "/_rehearsal/ttl/sweep", {"ahead": "a while"}),
        ("POST", "/_rehearsal/ttl/sweep", {"table": None}),
    ],
)
def test_ttl_is_refused_in_words_when_the_request_is_wrong(method: str, path: str, body: object) -> None:
    edge, _ = edge_of()

    answer = ask(edge, method, path, json=body)

    assert answer.status_code == 400
    assert words(answer)


def test_client_says_which_tables_have_ttl_when_it_asks_for_another() -> None:
    edge, _ = edge_of()
    watch(edge, "sessions")

    assert clock_of(edge).expired_items("sessions") == 0
    with pytest.raises(AnswerUnexpected, match="carts") as caught:
        clock_of(edge).expired_items("carts")
    assert "sessions" in str(caught.value)
