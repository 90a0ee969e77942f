"""A table's bytes count where partitions are made small, and then a partition that is full splits."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.edge.changes import Cause, Change, Changes
from tests.edge.capacity.world import HERE, NOON_S, World, provisioned

KB = 1024
SMALL = {"parameters": {"partition_bytes": 8 * KB}}


@pytest.fixture
def small() -> Iterator[World]:
    world = World(SMALL)
    world.engine.make(provisioned(100, 100))
    yield world
    world.end()


def splits(world: World) -> list[str]:
    """Return why the table's partitions split, in order."""
    (table,) = world.heat()["tables"]
    return [one["why"] for one in table["resources"][0]["splits"]]


def test_a_partition_splits_when_writes_have_filled_it(small: World) -> None:
    for number in range(7):
        small.put(str(number), size=KB)
    assert splits(small) == []

    small.put("7", size=KB)

    assert splits(small) == ["size"]


def test_no_partition_splits_when_items_are_only_replaced_or_go_again(small: World) -> None:
    for number in range(40):
        small.put("a", size=KB * (1 + number % 2))
        small.put(str(number), size=KB)
        small.ask("DeleteItem", {"TableName": "wallets", "Key": {"PK": {"S": str(number)}}})

    assert splits(small) == []


def test_a_partition_splits_when_an_item_is_replaced_by_a_larger_one(small: World) -> None:
    small.put("a", size=KB)

    small.put("a", size=9 * KB)

    assert splits(small) == ["size"]


def test_bytes_count_when_they_change_behind_the_room(small: World) -> None:
    small.put("a", size=KB)
    tell(small, after={"PK": {"S": "b"}, "pad": {"S": "x" * 9 * KB}})

    assert splits(small) == ["size"]


def test_bytes_are_gone_when_their_item_expires(small: World) -> None:
    for number in range(40):
        small.put(str(number), size=6 * KB)
        tell(small, before={"PK": {"S": str(number)}, "pad": {"S": "x" * 6 * KB}})

    assert splits(small) == []


def test_bytes_do_not_count_when_partitions_are_as_large_as_they_are_on_aws() -> None:
    world = World({})
    world.engine.make(provisioned(100, 100))

    world.put("a", size=9 * KB)

    assert world.admin("GET", "/_rehearsal/capacity").status_code == 200
    assert splits(world) == []
    world.end()


def tell(world: World, before: dict[str, Any] | None = None, after: dict[str, Any] | None = None) -> None:
    """Publish a change that no client made."""
    item = after or before
    assert item is not None
    change = Change({"PK": item["PK"]}, before, after)
    world.feed.publish(Changes(HERE, "wallets", NOON_S, (change,), Cause("expiry")))
