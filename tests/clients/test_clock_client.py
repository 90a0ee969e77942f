"""The clock of a test asks the edge in its words, and leaves no lag behind."""

import json
from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.edge import NoEdge
from harness.clients.edge_clock import ClockClient
from harness.errors import TargetLacks


def clock_and_asked(**told: object) -> tuple[ClockClient, list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append({"path": request.url.path, **json.loads(request.content or b"{}")})
        return httpx.Response(200, json={"now": "2026-01-01T00:00:00+00:00", "ahead_s": 0, "deleted": 2, **told})

    client = httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost")
    return ClockClient(EdgeClient(client)), asked


def test_lags_are_undone_when_a_test_ends() -> None:
    clock, asked = clock_and_asked()
    clock.set_lag("1h", table="Holds")
    clock.set_lag(0)
    clock.set_lag(60, table="Sessions")
    clock.set_lag(None, table="Sessions")
    asked.clear()

    clock.undo()
    clock.undo()

    undone = [(one["path"], one["lag_s"], one.get("table", "")) for one in asked]
    assert sorted(undone) == [("/_rehearsal/ttl", None, ""), ("/_rehearsal/ttl", None, "Holds")]


def test_items_of_one_key_expire_when_time_passes_for_them_alone() -> None:
    clock, asked = clock_and_asked()

    assert clock.expire_items("Holds", key="1A", ahead="2h") == 2

    assert asked == [{"path": "/_rehearsal/ttl/sweep", "table": "Holds", "ahead": 7200.0, "key": "1A"}]


@pytest.mark.parametrize("told", [{}, {"functions_follow": True}])
def test_time_passes_when_functions_follow(told: dict[str, object]) -> None:
    clock, asked = clock_and_asked(**told)

    clock.advance("2h")

    assert asked[-1] == {"path": "/_rehearsal/clock/advance", "by": 7200.0}


def test_time_does_not_pass_when_functions_would_not_see_it() -> None:
    clock, asked = clock_and_asked(functions_follow=False)

    with pytest.raises(TargetLacks, match="functions don't follow"):
        clock.advance("2h")

    assert [one["path"] for one in asked] == ["/_rehearsal/clock"]


def test_time_passes_for_the_edge_alone_when_nothing_depends_on_functions() -> None:
    clock, asked = clock_and_asked(functions_follow=False)

    clock.advance("6m", functions_follow=False)

    assert [one["path"] for one in asked] == ["/_rehearsal/clock/advance"]


def test_clock_is_the_machine_s_when_there_is_no_edge() -> None:
    clock = ClockClient(NoEdge(httpx.Client()))

    assert (clock.show().ahead_s, clock.reset().ahead_s) == (0.0, 0.0)
    clock.undo()
    with pytest.raises(TargetLacks):
        clock.advance("1h")
    with pytest.raises(TargetLacks):
        clock.expire_items("Holds")
