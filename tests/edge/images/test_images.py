"""Each write is published with what was before and what is after, whatever its client asked to see."""

import asyncio
import zlib
from itertools import pairwise

from tests.edge.images.engine import NAMESPACE
from tests.edge.images.stage import ALICE, Stage, put, run, update


def test_both_images_are_told_when_an_item_is_put_again() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        answer = await stage.ask("PutItem", put("alice", "2"))

        assert stage.images() == [("alice", None, "1"), ("alice", "1", "2")]
        assert answer.body == b"{}"
        assert stage.told[0].cause.operation == "PutItem"
        assert (stage.told[0].cause.caller, stage.told[0].cause.trace) == ("wallet-service", "1-trace")
        assert stage.told[0].namespace == NAMESPACE

    run(story())


def test_answer_is_what_the_client_asked_for_when_more_was_asked_upstream() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        plain = await stage.ask("UpdateItem", update("alice", "2"))
        old = await stage.ask("PutItem", put("alice", "3", ReturnValues="ALL_OLD"))
        new = await stage.ask("UpdateItem", update("alice", "4", ReturnValues="ALL_NEW"))
        part = await stage.ask("UpdateItem", update("alice", "5", ReturnValues="UPDATED_NEW"))
        gone = await stage.ask("DeleteItem", {"TableName": "Wallets", "Key": ALICE})

        assert plain.document == {}
        assert plain.header(b"x-amz-crc32") == b"%d" % zlib.crc32(plain.body)
        assert plain.header(b"content-length") == b"2"
        assert old.document == {"Attributes": {**ALICE, "V": {"S": "2"}}}
        assert new.document == {"Attributes": {**ALICE, "V": {"S": "4"}}}
        assert part.document == {"Attributes": {"V": {"S": "5"}}}
        assert gone.document == {}
        assert [images[1:] for images in stage.images()] == [
            *((None, "1"), ("1", "2"), ("2", "3"), ("3", "4"), ("4", "5"), ("5", None)),
        ]

    run(story())


def test_nothing_is_told_when_nothing_changed() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()

        refused = await stage.ask("PutItem", put("alice", "2", ConditionExpression="attribute_not_exists(PK)"))
        await stage.ask("PutItem", put("alice", "1"))
        await stage.ask("DeleteItem", {"TableName": "Wallets", "Key": {"PK": {"S": "nobody"}}})
        await stage.ask("PutItem", {**put("alice", "3"), "TableName": "Nowhere"})

        assert refused.status == 400
        assert stage.images() == []
        assert not stage.intents.open

    run(story())


def test_unprocessed_items_are_not_told_when_a_batch_is_cut() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("carol", "1"))
        stage.told.clear()
        stage.engine.unprocessed = 1
        requests = [{"PutRequest": {"Item": put(name, "2")["Item"]}} for name in ("alice", "bob")]

        answer = await stage.ask(
            "BatchWriteItem",
            {"RequestItems": {"Wallets": [*requests, {"DeleteRequest": {"Key": {"PK": {"S": "carol"}}}}]}},
        )

        assert answer.document["UnprocessedItems"]["Wallets"][0]["PutRequest"]["Item"]["PK"] == {"S": "alice"}
        assert sorted(stage.images()) == [("bob", None, "2"), ("carol", "1", None)]
        assert len(stage.told) == 1

    run(story())


def test_transaction_is_told_together_when_it_touches_two_tables() -> None:
    async def story() -> None:
        stage = Stage("Wallets", "Events")
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        event = {"TableName": "Events", "Item": {"PK": {"S": "e1"}}}
        check = {"TableName": "Wallets", "Key": {"PK": {"S": "bob"}}, "ConditionExpression": "attribute_not_exists(PK)"}

        await stage.ask(
            "TransactWriteItems",
            {"TransactItems": [{"Update": update("alice", "2")}, {"Put": event}, {"ConditionCheck": check}]},
        )

        assert sorted(stage.images()) == [("alice", "1", "2"), ("e1", None, "")]
        assert {changes.table for changes in stage.told} == {"Wallets", "Events"}
        assert len({changes.transaction for changes in stage.told}) == 1
        assert stage.told[0].transaction

    run(story())


def test_nothing_is_told_when_a_transaction_is_cancelled() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()
        refused = {"Put": put("alice", "2", ConditionExpression="attribute_not_exists(PK)")}

        answer = await stage.ask("TransactWriteItems", {"TransactItems": [{"Put": put("bob", "1")}, refused]})

        assert answer.status == 400
        assert stage.images() == []

    run(story())


def test_images_make_one_chain_when_many_write_one_item() -> None:
    async def story() -> None:
        stage = Stage()
        ways = [
            *(("PutItem", put("alice", str(number))) for number in range(20)),
            *(("UpdateItem", update("alice", f"u{number}")) for number in range(20)),
            *(("TransactWriteItems", {"TransactItems": [{"Put": put("alice", f"t{n}")}]}) for n in range(20)),
            *(("DeleteItem", {"TableName": "Wallets", "Key": ALICE}) for _ in range(20)),
        ]
        await asyncio.gather(*(stage.ask(operation, document) for operation, document in ways))

        chain = stage.images()
        assert len(chain) > 50
        assert all(later[1] == earlier[2] for earlier, later in pairwise(chain))

    run(story())


def test_table_is_compared_when_a_statement_does_not_say_which_item_it_writes() -> None:
    async def story() -> None:
        stage = Stage()
        for name in ("alice", "bob", "ann"):
            await stage.ask("PutItem", put(name, "1"))
        stage.told.clear()

        await stage.ask("ExecuteStatement", {"Statement": "DELETE FROM Wallets WHERE NOT PK = 'bob'"})

        assert sorted(stage.images()) == [("alice", "1", None), ("ann", "1", None)]

    run(story())


def test_only_keyed_items_are_read_when_a_statement_fixes_its_key() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        stage.told.clear()

        await stage.ask(
            "ExecuteStatement", {"Statement": "DELETE FROM Wallets WHERE PK = ?", "Parameters": [{"S": "alice"}]}
        )

        assert stage.images() == [("alice", "1", None)]
        assert "Scan" not in {operation for operation, _ in stage.engine.asked}

    run(story())


def test_writes_wait_when_a_table_is_held_exclusively() -> None:
    async def story() -> None:
        stage = Stage()
        async with stage.room.exclusive(NAMESPACE, ["Wallets"]):
            writing = asyncio.create_task(stage.ask("PutItem", put("alice", "1")))
            for _ in range(20):
                await asyncio.sleep(0)
            assert stage.engine.tables["Wallets"] == {}
        await writing
        assert stage.images() == [("alice", None, "1")]

    run(story())


def test_items_are_named_beforehand_when_somebody_keeps_intents() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        await stage.ask("TransactWriteItems", {"TransactItems": [{"Put": put("bob", "1")}, {"Put": put("carol", "1")}]})

        assert stage.intents.begun[0] == [("Wallets", ALICE)]
        assert [table for table, _ in stage.intents.begun[1]] == ["Wallets", "Wallets"]
        assert not stage.intents.open

    run(story())


def test_item_is_told_as_it_is_when_it_is_read_again_after_a_crash() -> None:
    async def story() -> None:
        stage = Stage()
        stage.engine.tables["Wallets"]["alice"] = put("alice", "7")["Item"]

        await stage.room.reread(NAMESPACE, "Wallets", ALICE)
        await stage.room.reread(NAMESPACE, "Wallets", {"PK": {"S": "nobody"}})

        assert stage.images() == [("alice", None, "7"), ("nobody", None, None)]
        assert stage.told[0].cause.operation == "recovery"

    run(story())


def test_cause_is_the_system_when_the_call_is_marked() -> None:
    async def story() -> None:
        stage = Stage()
        await stage.ask("PutItem", put("alice", "1"))
        await stage.ask("DeleteItem", {"TableName": "Wallets", "Key": ALICE}, system=True)

        assert [changes.cause.system for changes in stage.told] == [False, True]

    run(story())
