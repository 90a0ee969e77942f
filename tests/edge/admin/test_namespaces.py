"""Accounts side by side: one is reset, and the others keep what they have."""

from typing import Any

from harness.edge import Edge
from harness.edge.call import Namespace
from harness.edge.changes import Cause, Change, Changes
from harness.edge.ttl import Lifetimes
from tests.edge.admin.edges import ask, edge_of

ONE, OTHER = "111111111111", "222222222222"


def sign(account: str, region: str = "us-east-1") -> dict[str, str]:
    scope = f"{account}/20260101/{region}/dynamodb/aws4_request"
    return {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
        "X-Amz-Target": "DynamoDB_20120810.ListTables",
    }


def lifetimes_of(edge: Edge) -> Lifetimes:
    (room,) = [room for room in edge.rooms if isinstance(room, Lifetimes)]
    return room


def give_ttl(edge: Edge, account: str) -> None:
    room, where = lifetimes_of(edge), Namespace(account, "us-east-1")
    room._sweeper.watch(where, "sessions").learn("ExpiresAt")
    room._sweeper.watch(where, "sessions").needs_scan = False
    item: Any = {"ID": {"S": "a"}, "ExpiresAt": {"N": "99999999999"}}
    change = Change({"ID": {"S": "a"}}, None, item)
    room._heed(Changes(where, "sessions", 0.0, (change,), Cause("PutItem")))


def accounts_with_ttl(edge: Edge) -> list[str]:
    return [one["account"] for one in ask(edge, "GET", "/_rehearsal/ttl").json()["tables"]]


def test_one_account_is_reset_in_all_its_regions_when_it_is_named() -> None:
    edge, target = edge_of()
    for account, region in ((ONE, "us-east-1"), (ONE, "eu-west-1"), (OTHER, "us-east-1")):
        ask(edge, "POST", "/", headers=sign(account, region))

    answer = ask(edge, "POST", "/_rehearsal/reset", json={"account": ONE})

    assert answer.json()["namespaces"] == [f"{ONE}/eu-west-1", f"{ONE}/us-east-1"]
    assert target.resets == [Namespace(ONE, "eu-west-1"), Namespace(ONE, "us-east-1")]


def test_one_region_is_reset_when_it_is_named() -> None:
    edge, target = edge_of()

    ask(edge, "POST", "/_rehearsal/reset", json={"account": ONE, "region": "eu-west-1"})

    assert target.resets == [Namespace(ONE, "eu-west-1")]


def test_other_accounts_keep_their_ttl_when_one_is_reset() -> None:
    edge, _ = edge_of()
    give_ttl(edge, ONE)
    give_ttl(edge, OTHER)
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag": "1h", "account": ONE})
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag": "2h", "account": OTHER})

    ask(edge, "POST", "/_rehearsal/reset", json={"account": ONE})

    (left,) = ask(edge, "GET", "/_rehearsal/ttl").json()["tables"]
    assert (left["account"], left["pending"], left["lag_s"]) == (OTHER, 1, 7200)


def test_clock_stays_when_one_account_is_reset_and_goes_back_when_all_are() -> None:
    edge, _ = edge_of()
    ask(edge, "POST", "/_rehearsal/clock/advance", json={"by": "1h"})

    ask(edge, "POST", "/_rehearsal/reset", json={"account": ONE})
    assert ask(edge, "GET", "/_rehearsal/clock").json()["ahead_s"] == 3600
    ask(edge, "POST", "/_rehearsal/reset")
    assert ask(edge, "GET", "/_rehearsal/clock").json()["ahead_s"] == 0


def test_nothing_is_left_when_all_is_reset() -> None:
    edge, target = edge_of()
    give_ttl(edge, ONE)
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag_s": 5})
    ask(edge, "PUT", "/_rehearsal/ttl", json={"lag_s": 6, "table": "sessions"})

    ask(edge, "POST", "/_rehearsal/reset")

    assert target.resets == [None]
    told = ask(edge, "GET", "/_rehearsal/ttl").json()
    assert (told["lag_s"], told["lags"], told["tables"]) == (172_800, [], [])
