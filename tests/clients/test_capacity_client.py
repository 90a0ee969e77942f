"""The capacity of a test asks the edge in its words, and leaves what it found."""

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from harness.clients import EdgeClient
from harness.clients.capacity import CapacityClient
from harness.errors import AnswerUnexpected

OFF: Mapping[str, Any] = {"mode": "off", "settings": None, "tables": []}


class Edge:
    """Remembers what is set, as an edge does."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.settings = settings
        self.tables: list[Any] = []
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url.path}")
        if request.url.path == "/_rehearsal/heat":
            return httpx.Response(
                200, json={"at_s": 1, "started_s": 0, "step_s": 10, "scale": 1, "tables": self.tables}
            )
        if request.method == "PUT":
            self.settings = json.loads(request.content)
        elif request.method == "DELETE":
            self.settings = None
        mode = "off" if self.settings is None else "enforce"
        return httpx.Response(200, json={"mode": mode, "settings": self.settings, "tables": []})

    def client(self) -> CapacityClient:
        return CapacityClient(
            EdgeClient(httpx.Client(transport=httpx.MockTransport(self), base_url="http://localhost"))
        )


class Wallet:
    key: Mapping[str, Mapping[str, str]] = {"UserID": {"S": "user-1"}}


def table(name: str, *throttled: tuple[str, int]) -> dict[str, Any]:
    pair = {"read_units": 1.0, "write_units": 1.0}
    keys = [
        {"key": key, "read_units": 0.0, "write_units": 0.0, "throttled": count, "share": 0.0, "peak": 0.0}
        for key, count in throttled
    ]
    resource = {
        "resource": "",
        "allowed": pair,
        "consumed": pair,
        "burst": None,
        "burst_maximum": None,
        "partition_cap": pair,
        "throttles": {"TableWriteKeyRangeThroughputExceeded": sum(count for _, count in throttled)},
        "throttled_keys": keys,
    }
    return {"table": name, "billing": "PAY_PER_REQUEST", "resources": [resource]}


def test_one_table_is_enforced_and_others_are_only_counted_when_capacity_was_off() -> None:
    edge = Edge()

    edge.client().enforce("Wallets", billing="PAY_PER_REQUEST", partition_write_units=20)

    assert edge.settings == {
        "enforce": False,
        "tables": {
            "Wallets": {
                "enforce": True,
                "billing": "PAY_PER_REQUEST",
                "parameters": {"partition_write_units": 20},
            }
        },
    }


def test_capacity_is_off_again_when_the_block_ends_and_it_was_off() -> None:
    edge = Edge()

    with edge.client().enforce("Wallets", scale=0.1):
        assert edge.settings is not None

    assert edge.settings is None


def test_what_others_have_set_since_stays_when_a_test_ends() -> None:
    edge = Edge()
    mine, others = edge.client(), edge.client()
    mine.enforce("Wallets", scale=0.1)
    others.enforce("Orders", scale=0.2)

    mine.restore()

    assert edge.settings == {"enforce": False, "tables": {"Orders": {"enforce": True, "scale": 0.2}}}
    others.restore()
    assert edge.settings is None


def test_former_settings_of_a_table_are_back_when_a_test_ends() -> None:
    former = {"scale": 0.5, "tables": {"Wallets": {"enforce": False}}}
    edge = Edge(former)

    with edge.client().enforce("Wallets", scale=0.1).enforce("Wallets", scale=0.2):
        pass

    assert edge.settings == former


@pytest.mark.parametrize("former", [None, {"enforce": False}])
def test_everything_is_as_before_when_all_tables_were_enforced(former: Mapping[str, Any] | None) -> None:
    edge = Edge(former)

    with edge.client().enforce_all(scale=0.05):
        assert edge.settings == {"enforce": True, "scale": 0.05}

    assert edge.settings == former


def test_everything_is_as_before_when_one_table_was_enforced_and_then_all_were_off() -> None:
    former = {"scale": 0.5, "tables": {"Orders": {"enforce": False}}}
    edge = Edge(former)

    with edge.client() as capacity:
        capacity.enforce("Wallets", scale=0.1)
        capacity.off()
        assert edge.settings is None

    assert edge.settings == former


def test_everything_is_as_before_when_all_tables_were_enforced_and_then_one_more() -> None:
    former = {"scale": 0.5, "tables": {"Wallets": {"enforce": False}}}
    edge = Edge(former)

    with edge.client().enforce_all(scale=0.05).enforce("Wallets", scale=0.1):
        pass

    assert edge.settings == former


def test_nothing_is_asked_when_nothing_was_set() -> None:
    edge = Edge()

    with edge.client():
        pass

    assert edge.asked == []


def test_throttles_are_told_in_all_and_of_one_item() -> None:
    edge = Edge()
    edge.tables = [table("payments-Wallets", ("UserID=user-1", 3), ("UserID=user-2", 2))]
    capacity = edge.client()

    assert capacity.throttles("Wallets") == 5
    assert capacity.throttles("Wallets", of=Wallet()) == 3
    assert capacity.throttled_keys("Wallets") == ["UserID=user-1", "UserID=user-2"]
    assert capacity.hottest("Wallets") is None


def test_table_is_refused_when_it_was_not_called() -> None:
    with pytest.raises(AnswerUnexpected, match="heat of table Wallets is that of 0 tables"):
        Edge().client().table("Wallets")


def test_heat_is_counted_anew_when_it_is_forgotten() -> None:
    edge = Edge()

    edge.client().forget_heat()

    assert edge.asked == ["DELETE /_rehearsal/heat"]
