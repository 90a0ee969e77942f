"""Tables are known as they are: throughput that changes, names that are used again, stacks that are deployed."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.edge.changes import TableEvent
from harness.edge.upstream import own_call
from tests.edge.capacity.world import HERE, World, index, provisioned, throughput

BARE = {"parameters": {"burst_s": 1}}


@pytest.fixture
def world() -> Iterator[World]:
    world = World(BARE)
    world.engine.make(provisioned(5, 2))
    yield world
    world.end()


def statuses(world: World, count: int) -> list[int]:
    return [world.put(f"key-{number}").status for number in range(count)]


def test_more_is_admitted_when_a_table_is_given_more(world: World) -> None:
    assert statuses(world, 3) == [200, 200, 400]

    world.ask("UpdateTable", {"TableName": "wallets", **throughput(5, 4)})
    world.clock.advance(1)

    assert statuses(world, 5) == [200] * 4 + [400]


def test_a_description_that_passes_is_learnt_from_when_the_table_was_changed_elsewhere(world: World) -> None:
    statuses(world, 1)
    world.engine.descriptions["wallets"] |= throughput(5, 10)

    world.ask("DescribeTable", {"TableName": "wallets"})
    world.clock.advance(1)

    assert statuses(world, 11) == [200] * 10 + [400]


def test_a_table_is_described_anew_when_a_stack_may_have_changed_it(world: World) -> None:
    statuses(world, 1)
    described = world.engine.described
    world.engine.descriptions["wallets"] |= throughput(5, 10)
    call = own_call(HERE, "UpdateStack", {})
    call.service = "cloudformation"

    async def engine(_: Any) -> Any:
        return await world.engine(own_call(HERE, "DescribeTable", {"TableName": "wallets"}))

    world.run(world.room.handle(call, engine))
    statuses(world, 1)
    world.clock.advance(1)

    assert statuses(world, 11) == [200] * 10 + [400]
    assert world.engine.described > described


def test_a_table_begins_anew_when_another_gets_its_name(world: World) -> None:
    statuses(world, 3)

    world.ask("DeleteTable", {"TableName": "wallets"})
    world.engine.make(provisioned(5, 2))

    assert statuses(world, 3) == [200, 200, 400]


def test_a_table_begins_anew_when_the_engine_tells_that_it_is_another(world: World) -> None:
    statuses(world, 3)

    world.feed.publish_table(TableEvent(HERE, "wallets", 0.0, "created"))

    assert statuses(world, 3) == [200, 200, 400]


def test_calls_pass_when_there_is_no_such_table(world: World) -> None:
    assert world.put("a", "none").status == 400
    assert [one.shape.name for one in world.room.ledgers.all()] == []


def test_the_rest_of_the_settings_holds_when_a_table_lacks_the_index_that_they_name(world: World) -> None:
    settings = {"wallets": {"indexes": {"by-owner": {"maximum": {"write": 1}}}, "scale": 0.5}}
    world.admin("PUT", "/_rehearsal/capacity", json={**BARE, "tables": settings})

    assert statuses(world, 2) == [200, 400]
    (told,) = world.admin("GET", "/_rehearsal/capacity").json()["tables"]
    assert told["objection"] == "table wallets has no global index 'by-owner'"


def test_an_index_is_enforced_when_it_is_added_to_a_table(world: World) -> None:
    statuses(world, 1)
    added = {"GlobalSecondaryIndexes": [index("by-owner", "Owner", **throughput(1, 1))]}
    world.ask("UpdateTable", {"TableName": "wallets", **throughput(50, 50), **added})
    world.clock.advance(1)

    assert [world.put(key, Owner="o").status for key in "abc"] == [200, 400, 400]
