"""Calls pass while there is capacity, and are refused as AWS refuses them when there is none."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.edge.call import Namespace
from tests.edge.capacity.world import World, code_of, index, provisioned, table, throughput

BARE = {"parameters": {"burst_s": 1}}  # what a second provisions is all that there is at once


@pytest.fixture
def world() -> Iterator[World]:
    world = World(BARE)
    yield world
    world.end()


def outcomes(world: World, count: int, *keys: str, name: str = "wallets") -> str:
    """Put items; return one letter each: `.` for a 200, `T` for a throttle."""
    names = keys or tuple(f"key-{number}" for number in range(count))
    return "".join("." if world.put(names[at % len(names)], name).status == 200 else "T" for at in range(count))


def test_writes_are_refused_when_what_is_provisioned_is_used_up(world: World) -> None:
    world.engine.make(provisioned(5, 3))

    assert outcomes(world, 5) == "...TT"
    assert world.engine.operations == ["PutItem"] * 3, "what is refused does not reach the engine"


def test_a_refusal_names_exception_reason_and_table_when_the_table_is_provisioned(world: World) -> None:
    world.engine.make(provisioned(1, 1))
    outcomes(world, 1)

    answer = world.put("another")

    assert (answer.status, code_of(answer)) == (400, "ProvisionedThroughputExceededException")
    arn = "arn:aws:dynamodb:us-east-1:000000000000:table/wallets"
    assert answer.document["ThrottlingReasons"] == [
        {"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn}
    ]
    assert world.last is not None
    assert world.last.marks["throttled"] == ["TableWriteProvisionedThroughputExceeded"]


def test_reads_and_writes_are_apart_when_one_is_used_up(world: World) -> None:
    world.engine.make(provisioned(2, 1))
    outcomes(world, 2)

    assert [world.get("a", ConsistentRead=True).status for _ in range(3)] == [200, 200, 400]
    assert code_of(world.get("a")) == "ProvisionedThroughputExceededException"


def test_capacity_comes_back_when_time_passes(world: World) -> None:
    world.engine.make(provisioned(1, 2))
    assert outcomes(world, 3) == "..T"

    world.clock.advance(1)

    assert outcomes(world, 3) == "..T"


def test_a_hot_key_is_refused_and_its_table_is_not_when_the_table_is_on_demand(world: World) -> None:
    world.engine.make(table())
    world.admin("PUT", "/_rehearsal/capacity", json={"scale": 0.01})

    assert outcomes(world, 12, "hot") == "." * 10 + "TT", "1,000 writes a second, a hundredth of them here"
    assert set(outcomes(world, 20)) == {".", "T"}, "keys in other partitions pass, neighbours don't"
    answer = world.put("hot")
    assert code_of(answer) == "ThrottlingException"
    assert answer.document["throttlingReasons"][0]["reason"] == "TableWriteKeyRangeThroughputExceeded"


def test_a_table_is_refused_when_its_index_has_no_capacity(world: World) -> None:
    by_owner = index("by-owner", "Owner", **throughput(1, 1))
    world.engine.make(provisioned(100, 100, GlobalSecondaryIndexes=[by_owner]))

    world.put("a", Owner="o")
    answer = world.put("b", Owner="o")

    assert answer.document["ThrottlingReasons"] == [
        {
            "reason": "IndexWriteProvisionedThroughputExceeded",
            "resource": "arn:aws:dynamodb:us-east-1:000000000000:table/wallets/index/by-owner",
        }
    ]
    assert world.put("c").status == 200, "an item without the index's key does not touch it"


def test_an_upsert_is_refused_when_the_index_that_it_writes_to_has_no_capacity(world: World) -> None:
    by_owner = index("by-owner", "Owner", **throughput(1, 1))
    world.engine.make(provisioned(100, 100, GlobalSecondaryIndexes=[by_owner]))

    def update(key: str) -> int:
        asked: dict[str, Any] = {
            "TableName": "wallets",
            "Key": {"PK": {"S": key}},
            "UpdateExpression": "SET Owner = :o",
            "ExpressionAttributeValues": {":o": {"S": "o"}},
        }
        return world.ask("UpdateItem", asked).status

    assert [update("a"), update("b"), update("a")] == [200, 400, 200], "a's entry is as it was: nothing to write"


def test_nothing_is_refused_when_capacity_is_only_counted(world: World) -> None:
    world.admin("PUT", "/_rehearsal/capacity", json={"enforce": False, **BARE})
    world.engine.make(provisioned(1, 1))

    assert outcomes(world, 5) == "....."
    assert world.consumed() == (0.0, 5.0)


def test_one_table_is_left_alone_when_the_settings_say_so(world: World) -> None:
    world.engine.make(provisioned(1, 1, "shop-wallets"))
    world.engine.make(provisioned(1, 1, "shop-ledger"))
    world.admin("PUT", "/_rehearsal/capacity", json={**BARE, "tables": {"ledger": {"enforce": False}}})

    assert outcomes(world, 3, name="shop-wallets") == ".TT"
    assert outcomes(world, 3, name="shop-ledger") == "..."


def test_settings_stand_instead_of_what_the_engine_tells_when_they_name_the_table(world: World) -> None:
    world.engine.make(table())
    settings = {"wallets": {"billing": "PROVISIONED", "provisioned": {"read": 1, "write": 2}}}
    world.admin("PUT", "/_rehearsal/capacity", json={**BARE, "tables": settings})

    assert outcomes(world, 3) == "..T"


def test_accounts_have_tables_of_their_own_when_these_have_one_name(world: World) -> None:
    world.engine.make(provisioned(1, 1))
    outcomes(world, 2)

    asked = {"TableName": "wallets", "Item": {"PK": {"S": "a"}}}
    assert world.ask("PutItem", asked, Namespace("111111111111", "us-east-1", "111111111111")).status == 200


def test_calls_pass_the_room_by_when_capacity_is_off(world: World) -> None:
    world.admin("DELETE", "/_rehearsal/capacity")
    world.engine.make(provisioned(1, 1))

    assert outcomes(world, 3) == "..."
    assert world.last is not None
    assert "capacity" not in world.last.marks
    assert world.room.ledgers.all() == []


@pytest.mark.parametrize(
    "asked",
    [{}, {"TableName": "wallets"}, {"TableName": "wallets", "Item": []}, {"TableName": "wallets", "Item": {"PK": 1}}],
)
def test_nonsense_is_the_engines_to_refuse_when_it_names_no_item(world: World, asked: dict[str, Any]) -> None:
    world.engine.make(provisioned(1, 1))
    world.engine.answers_with = ("ValidationException", 400)

    assert code_of(world.ask("PutItem", asked)) == "ValidationException"
    world.engine.answers_with = None
    assert world.put("a").status == 200, "it cost nothing"
