"""Batches, transactions and statements are refused entry by entry, each in its own way."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.edge.capacity.world import World, code_of, provisioned

BARE = {"parameters": {"burst_s": 1}}
THROUGHPUT = "ProvisionedThroughputExceededException"


@pytest.fixture
def world() -> Iterator[World]:
    world = World(BARE)
    world.engine.make(provisioned(3, 3))
    yield world
    world.end()


def puts(*keys: str) -> dict[str, Any]:
    return {"RequestItems": {"wallets": [{"PutRequest": {"Item": {"PK": {"S": key}}}} for key in keys]}}


def keys_of(requests: list[dict[str, Any]]) -> str:
    return "".join(one["PutRequest"]["Item"]["PK"]["S"] for one in requests)


def test_the_rest_of_a_batch_is_unprocessed_when_capacity_ends_in_the_middle(world: World) -> None:
    answer = world.ask("BatchWriteItem", puts(*"abcde"))

    assert answer.status == 200
    assert keys_of(answer.document["UnprocessedItems"]["wallets"]) == "de"
    assert sorted(world.engine.items["wallets"]) == ["PK=a", "PK=b", "PK=c"]
    assert world.units() == (0.0, 3.0)


def test_a_batch_is_refused_when_none_of_it_is_admitted(world: World) -> None:
    world.ask("BatchWriteItem", puts(*"abc"))

    answer = world.ask("BatchWriteItem", puts(*"de"))

    assert (answer.status, code_of(answer)) == (400, THROUGHPUT)
    assert len(answer.document["ThrottlingReasons"]) == 1


def test_keys_are_unprocessed_when_there_is_no_capacity_to_read_them(world: World) -> None:
    for key in "abcd":
        world.engine.put("wallets", {"PK": {"S": key}})
    wanted = {"Keys": [{"PK": {"S": key}} for key in "abcd"], "ConsistentRead": True}

    answer = world.ask("BatchGetItem", {"RequestItems": {"wallets": wanted}})

    assert [one["PK"]["S"] for one in answer.document["Responses"]["wallets"]] == ["a", "b", "c"]
    left = answer.document["UnprocessedKeys"]["wallets"]
    assert left == {"Keys": [{"PK": {"S": "d"}}], "ConsistentRead": True}


def test_nothing_of_a_transaction_is_done_when_one_table_has_no_capacity(world: World) -> None:
    world.engine.make(provisioned(1, 1, "ledger"))
    world.put("x", "ledger")
    tables = ("wallets", "ledger", "wallets")
    entries = [{"Put": {"TableName": name, "Item": {"PK": {"S": "t"}}}} for name in tables]

    answer = world.ask("TransactWriteItems", {"TransactItems": entries, "ClientRequestToken": "t"})

    assert code_of(answer) == "TransactionCanceledException"
    codes = [one["Code"] for one in answer.document["CancellationReasons"]]
    assert codes == ["None", "ProvisionedThroughputExceeded", "None"]
    assert "PK=t" not in world.engine.items["wallets"]
    assert world.consumed("wallets") == (0.0, 0.0)


def test_a_transactions_entry_is_throttled_when_the_table_is_on_demand(world: World) -> None:
    settings = {"wallets": {"billing": "PAY_PER_REQUEST", "maximum": {"write": 1}}}
    world.admin("PUT", "/_rehearsal/capacity", json={**BARE, "tables": settings})
    entries = [{"Put": {"TableName": "wallets", "Item": {"PK": {"S": "t"}}}}]

    codes = [world.ask("TransactWriteItems", {"TransactItems": entries}).status for _ in range(2)]
    answer = world.ask("TransactWriteItems", {"TransactItems": entries})

    assert codes == [200, 400]
    assert answer.document["CancellationReasons"][0]["Code"] == "ThrottlingError"


def test_statements_fail_one_by_one_when_capacity_ends_in_the_middle(world: World) -> None:
    insert = """INSERT INTO "wallets" VALUE {'PK': ?}"""
    asked = {"Statements": [{"Statement": insert, "Parameters": [{"S": key}]} for key in "abcde"]}

    answer = world.ask("BatchExecuteStatement", asked)

    codes = [one.get("Error", {}).get("Code") for one in answer.document["Responses"]]
    assert codes == [None, None, None, "ProvisionedThroughputExceeded", "ProvisionedThroughputExceeded"]
    assert sorted(world.engine.items["wallets"]) == ["PK=a", "PK=b", "PK=c"]
    again = world.ask("BatchExecuteStatement", asked)
    assert again.status == 200
    assert all("Error" in one for one in again.document["Responses"])


def test_the_record_says_what_a_partly_refused_batch_took_when_it_is_read(world: World) -> None:
    world.ask("BatchWriteItem", puts(*"abcde"))

    assert world.last is not None
    assert world.last.marks["throttled"] == ["TableWriteProvisionedThroughputExceeded"] * 2
