"""The clock of a test asks the edge in its words, and leaves no lag behind."""

import json
from typing import Any

import httpx

from harness.clients import EdgeClient
from harness.clients.edge_clock import ClockClient


def clock_and_asked() -> tuple[ClockClient, list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append({"path": request.url.path, **json.loads(request.content or b"{}")})
        return httpx.Response(200, json={"now": "2026-01-01T00:00:00+00:00", "ahead_s": 0, "deleted": 2})

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
