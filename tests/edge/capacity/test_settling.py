"""What a call takes is what it has really cost, whatever was expected before its answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from harness.edge.changes import Cause, Change, Changes
from tests.edge.capacity.world import HERE, World, code_of, index, provisioned, table

KB = 1024


@pytest.fixture(params=["heard", "told"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """An edge that hears of changes, and one that has only what its engine tells."""
    world = World({}, hears=request.param == "heard")
    world.engine.make(provisioned(100, 100, GlobalSecondaryIndexes=[index("by-owner", "Owner")]))
    yield world
    world.end()


@pytest.fixture
def hearing() -> Iterator[World]:
    world = World({})
    world.engine.make(provisioned(100, 100))
    yield world
    world.end()


def test_the_larger_item_is_charged_when_a_write_replaces_another(world: World) -> None:
    world.engine.put("wallets", {"PK": {"S": "a"}, "pad": {"S": "x" * 3 * KB}})

    world.put("a", size=100)

    assert world.units() == (0.0, 4.0)
    assert world.consumed() == (0.0, 4.0)


def test_an_item_is_charged_by_its_size_when_it_is_read(world: World) -> None:
    world.engine.put("wallets", {"PK": {"S": "a"}, "pad": {"S": "x" * 9 * KB}})

    world.get("a")
    assert world.units() == (1.5, 0.0)
    world.get("a", ConsistentRead=True)
    assert world.units() == (3.0, 0.0)
    assert world.consumed() == (4.5, 0.0)


def test_an_index_is_charged_when_an_entry_moves(world: World) -> None:
    world.engine.put("wallets", {"PK": {"S": "a"}, "Owner": {"S": "alice"}})

    world.put("a", Owner="bob")

    assert world.consumed() == (0.0, 1.0)
    assert world.consumed(resource="by-owner") == (0.0, 2.0)


def test_an_index_is_charged_when_it_is_queried(world: World) -> None:
    for number in range(5):
        world.engine.put("wallets", {"PK": {"S": str(number)}, "Owner": {"S": "o"}, "pad": {"S": "x" * 2 * KB}})

    asked = {
        "TableName": "wallets",
        "IndexName": "by-owner",
        "KeyConditionExpression": "Owner = :o",
        "ExpressionAttributeValues": {":o": {"S": "o"}},
    }
    answer = world.ask("Query", asked)

    assert answer.document["Count"] == 5
    assert "ConsumedCapacity" not in answer.document
    assert world.consumed(resource="by-owner") == (1.5, 0.0), "10 KB in all, rounded once"
    assert world.consumed() == (0.0, 0.0)


@pytest.mark.parametrize(("wish", "members"), [("NONE", None), ("TOTAL", 2), ("INDEXES", 3), (None, None)])
def test_clients_get_what_they_asked_for_when_more_is_asked_upstream(
    world: World, wish: str | None, members: int | None
) -> None:
    world.engine.put("wallets", {"PK": {"S": "a"}, "ConsumedCapacity": {"S": "is an attribute, too"}})
    said = {} if wish is None else {"ReturnConsumedCapacity": wish}

    told = world.get("a", **said).document

    assert told["Item"]["ConsumedCapacity"] == {"S": "is an attribute, too"}
    assert len(told.get("ConsumedCapacity", ())) == (members or 0)


def test_a_failed_condition_is_charged_when_the_item_is_there(hearing: World) -> None:
    hearing.put("a", size=2 * KB)
    item = {"PK": {"S": "a"}}

    asked = {"TableName": "wallets", "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}
    answer = hearing.ask("PutItem", asked)

    assert code_of(answer) == "ConditionalCheckFailedException"
    assert hearing.units() == (0.0, 3.0)


@pytest.mark.parametrize(
    ("code", "status", "units"),
    [("ValidationException", 400, 0.0), ("InternalServerError", 500, 2.0), ("TransactionConflictException", 400, 0.0)],
)
def test_an_error_costs_what_aws_has_done_when_the_engine_fails(
    hearing: World, code: str, status: int, units: float
) -> None:
    hearing.engine.answers_with = (code, status)

    hearing.put("a", size=KB)

    assert hearing.units() == (0.0, units)
    assert hearing.consumed() == (0.0, units)


def test_an_update_is_charged_by_what_it_made_when_nothing_was_known_of_the_item(hearing: World) -> None:
    hearing.engine.put("wallets", {"PK": {"S": "a"}, "pad": {"S": "x" * 5 * KB}})
    asked: dict[str, Any] = {
        "TableName": "wallets",
        "Key": {"PK": {"S": "a"}},
        "UpdateExpression": "SET n = :n",
        "ExpressionAttributeValues": {":n": {"N": "1"}},
    }

    hearing.ask("UpdateItem", asked)

    assert hearing.units() == (0.0, 6.0)


def test_deletions_are_free_when_ttl_makes_them(hearing: World) -> None:
    hearing.put("a")
    before = {"PK": {"S": "a"}}
    gone = Change({"PK": {"S": "a"}}, before, None)

    hearing.feed.publish(Changes(HERE, "wallets", 0.0, (gone,), Cause("DeleteItem", system=True)))

    assert hearing.consumed() == (0.0, 1.0)


def test_a_transaction_costs_twice_when_it_is_done_and_a_read_when_it_is_repeated(hearing: World) -> None:
    entries = [{"Put": {"TableName": "wallets", "Item": {"PK": {"S": key}}}} for key in "ab"]
    asked = {"TransactItems": entries, "ClientRequestToken": "once"}

    hearing.ask("TransactWriteItems", asked)
    assert hearing.units() == (0.0, 4.0)

    hearing.engine.remembers_tokens = True
    hearing.ask("TransactWriteItems", asked)
    assert hearing.units() == (4.0, 0.0)


def test_a_transaction_costs_its_writes_when_a_condition_cancels_it(hearing: World) -> None:
    hearing.put("a")
    put = {"TableName": "wallets", "Item": {"PK": {"S": "a"}}, "ConditionExpression": "attribute_not_exists(PK)"}

    answer = hearing.ask("TransactWriteItems", {"TransactItems": [{"Put": put}]})

    assert code_of(answer) == "TransactionCanceledException"
    assert hearing.units() == (0.0, 2.0)


def test_reads_are_reckoned_here_when_the_engine_is_not_to_be_believed(hearing: World) -> None:
    hearing.admin("PUT", "/_rehearsal/capacity", json={"units": "own"})
    hearing.engine.make(table("beds"))
    for key in "abc":
        hearing.engine.put("beds", {"PK": {"S": key}, "pad": {"S": "x" * 5 * KB}})

    hearing.get("a", "beds", ConsistentRead=True)
    assert hearing.units() == (2.0, 0.0)
    keys = [{"PK": {"S": key}} for key in "abc"]
    hearing.ask("BatchGetItem", {"RequestItems": {"beds": {"Keys": keys, "ConsistentRead": True}}})
    assert hearing.units() == (6.0, 0.0)
    hearing.ask("TransactGetItems", {"TransactItems": [{"Get": {"TableName": "beds", "Key": keys[0]}}] * 2})
    assert hearing.units() == (8.0, 0.0)
    assert "ReturnConsumedCapacity" not in (hearing.last.document if hearing.last else {})


def test_each_item_is_charged_to_its_table_when_a_transaction_goes_back_and_forth(hearing: World) -> None:
    hearing.engine.make(provisioned(100, 100, "ledger"))
    sizes = (("wallets", "a", 2900), ("ledger", "b", 100), ("wallets", "c", 4900))
    puts = [
        {"Put": {"TableName": name, "Item": {"PK": {"S": key}, "pad": {"S": "x" * size}}}} for name, key, size in sizes
    ]

    hearing.ask("TransactWriteItems", {"TransactItems": puts})
    hearing.put("c")

    assert hearing.units() == (0.0, 5.0), "the larger of what c was and is"
    assert hearing.consumed() == (0.0, 6.0 + 10.0 + 5.0)
    assert hearing.consumed("ledger") == (0.0, 2.0)


def test_a_put_costs_the_same_when_the_engine_writes_its_numbers_otherwise(hearing: World) -> None:
    padding = {"S": "x" * 2000}
    hearing.ask("PutItem", {"TableName": "wallets", "Item": {"PK": {"S": "a"}, "n": {"N": "01.50"}, "pad": padding}})

    hearing.engine.put("wallets", {"PK": {"S": "a"}, "n": {"N": "1.5"}, "pad": padding})
    hearing.get("a", ConsistentRead=True)

    assert hearing.consumed() == (1.0, 2.0)
