"""The admin endpoints tell what is enforced, change it, and give heat."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.capacity.picture import picture_from
from harness.edge.call import Namespace
from tests.edge.capacity.world import World, index, provisioned, table, throughput

CAPACITY, HEAT = "/_rehearsal/capacity", "/_rehearsal/heat"
BARE = {"parameters": {"burst_s": 1}}


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.engine.make(provisioned(5, 2))
    yield world
    world.end()


def set_to(world: World, document: dict[str, Any], **query: str) -> dict[str, Any]:
    answer = world.admin("PUT", CAPACITY, json=document, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def statuses(world: World, count: int) -> list[int]:
    return [world.put(f"key-{number}").status for number in range(count)]


def test_what_is_enforced_is_told_when_it_is_asked_for(world: World) -> None:
    assert world.admin("GET", CAPACITY).json() == {"mode": "off", "settings": None, "tables": []}

    set_to(world, {"scale": 0.5, **BARE})
    world.put("a")

    told = world.admin("GET", CAPACITY).json()
    assert (told["mode"], told["settings"]) == ("enforce", {"scale": 0.5, **BARE})
    (one,) = told["tables"]
    assert (one["table"], one["account"], one["enforced"], one["scale"]) == ("wallets", "000000000000", True, 0.5)
    assert one["resources"][0]["allowed"] == {"read": 2.5, "write": 1.0}
    assert one["resources"][0]["burst"] == {"read": 2.5, "write": 0.0}


@pytest.mark.parametrize(
    ("method", "path", "options", "words"),
    [
        ("PUT", CAPACITY, {"json": {"scal": 1}}, "did you mean scale?"),
        ("PUT", CAPACITY, {"content": b"{"}, "is no JSON"),
        ("PUT", CAPACITY, {"json": {}, "params": {"account": "12"}}, "expected twelve digits"),
        ("PUT", CAPACITY, {"json": {}, "params": {"region": "eu-west-1"}}, "without an account"),
        ("PUT", CAPACITY, {"json": {}, "params": {"lasting": "yes"}}, "expected true or false"),
        ("PUT", CAPACITY, {"json": {}, "params": {"lasting": "true", "account": "1" * 12}}, "everybody's"),
        ("GET", HEAT, {"params": {"top": "0"}}, "top is '0', expected a whole number from 1"),
        ("GET", HEAT, {"params": {"top": "many"}}, "top is 'many'"),
    ],
)
def test_requests_are_refused_in_words_when_they_make_no_sense(
    world: World, method: str, path: str, options: dict[str, Any], words: str
) -> None:
    answer = world.admin(method, path, **options)

    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert world.admin("GET", CAPACITY).json()["mode"] == "off"


def test_settings_are_refused_when_an_open_table_has_no_such_index(world: World) -> None:
    world.engine.make(table("rooms", GlobalSecondaryIndexes=[index("by-owner", "Owner", **throughput(1, 1))]))
    set_to(world, {})
    world.put("a", "rooms")

    answer = world.admin("PUT", CAPACITY, json={"tables": {"rooms": {"indexes": {"by-ower": {}}}}})

    assert answer.status_code == 400
    assert "did you mean by-owner?" in answer.json()["error"]["message"]


def test_a_table_begins_anew_when_its_settings_change_and_goes_on_when_others_do(world: World) -> None:
    set_to(world, BARE)
    assert statuses(world, 3) == [200, 200, 400]

    set_to(world, {**BARE, "tables": {"other": {"enforce": False}}})
    assert statuses(world, 1) == [400]
    set_to(world, {**BARE, "tables": {"wallets": {"scale": 0.5}}})
    assert statuses(world, 2) == [200, 400]


def test_nothing_is_refused_any_longer_when_capacity_is_switched_off(world: World) -> None:
    set_to(world, BARE)
    statuses(world, 3)

    assert world.admin("DELETE", CAPACITY).json()["mode"] == "off"
    assert statuses(world, 3) == [200] * 3


def test_a_reset_goes_back_to_what_lasts_when_something_else_was_set() -> None:
    world = World(BARE)
    world.engine.make(provisioned(5, 2))
    world.admin("DELETE", CAPACITY)
    assert statuses(world, 3) == [200] * 3

    world.admin("POST", "/_rehearsal/reset")
    assert statuses(world, 3) == [200, 200, 400]
    world.admin("DELETE", CAPACITY, params={"lasting": "true"})
    world.admin("POST", "/_rehearsal/reset")
    assert statuses(world, 3) == [200] * 3
    world.end()


def test_one_account_has_settings_of_its_own_when_they_name_it(world: World) -> None:
    other = Namespace("111111111111", "us-east-1", "111111111111")
    told = set_to(world, BARE, account=other.account)

    assert told["mode"] == "off"
    assert told["namespaces"] == [{"account": other.account, "mode": "enforce", "settings": BARE}]
    assert statuses(world, 3) == [200] * 3
    asked = {"TableName": "wallets", "Item": {"PK": {"S": "a"}}}
    assert [world.ask("PutItem", asked, other).status for _ in range(3)] == [200, 200, 400]
    world.admin("POST", "/_rehearsal/reset", json={"account": other.account})
    assert world.ask("PutItem", asked, other).status == 200
    assert "namespaces" not in world.admin("GET", CAPACITY).json()


def test_heat_shows_tables_keys_and_throttles_when_it_is_asked_for(world: World) -> None:
    world.engine.make(provisioned(5, 2, "shop-beds"))
    set_to(world, BARE)
    for _ in range(3):
        world.put("hot")
    world.put("cold", "shop-beds")

    picture = picture_from(world.heat(top="1"))

    assert [one.table for one in picture.tables] == ["wallets", "shop-beds"]
    resource = picture.tables[0].resources[0]
    assert resource.throttles == {"TableWriteProvisionedThroughputExceeded": 1}
    assert [(one.key, one.write_units, one.throttled) for one in resource.keys] == [("PK=hot", 2.0, 1)]
    assert [one["table"] for one in world.heat(table="beds")["tables"]] == ["shop-beds"]


def test_heat_is_forgotten_and_what_was_used_is_not_when_it_is_deleted(world: World) -> None:
    set_to(world, BARE)
    statuses(world, 3)
    world.clock.advance(0.1)

    assert world.admin("DELETE", HEAT).status_code == 200

    assert world.consumed() == (0.0, 0.0)
    assert statuses(world, 2)[1] == 400


def test_heat_is_empty_when_capacity_is_off(world: World) -> None:
    world.put("a")

    assert world.heat()["tables"] == []


def test_health_tells_what_capacity_does_when_it_is_asked(world: World) -> None:
    set_to(world, {"enforce": False})
    world.put("a")

    assert world.admin("GET", "/_rehearsal/health").json()["capacity"] == {"mode": "count", "tables": 1}
