"""A table's items are in DynamoDB Local, or in LocalStack when it has a stream; always in one place, and never lost."""

import asyncio
from pathlib import Path

import pytest

from harness.edge.call import Answer, Namespace
from harness.edge.pattern import Texts, forms_of_name
from harness.edge.upstream import UpstreamRefused
from harness.targets.docker.cloud.registry import Registry
from tests.targets.docker.cloud.emulators import HERE, STREAM, Pair, Refused, index_of, table_of


def test_items_are_in_dynamodb_local_when_a_stack_made_the_table() -> None:
    pair = Pair()
    pair.localstack.make("s-Wallets", GlobalSecondaryIndexes=[index_of("ByOwner", "PK")])

    asyncio.run(pair.put("s-Wallets", "a"))

    assert (pair.local.held("s-Wallets"), pair.localstack.held("s-Wallets")) == (["a"], [])
    copy = pair.local.tables[HERE.account, "s-Wallets"]
    assert copy["GlobalSecondaryIndexes"] == [index_of("ByOwner", "PK")]


def test_items_stay_in_localstack_when_the_table_has_a_stream() -> None:
    pair = Pair()
    pair.localstack.make("Fed", **STREAM)

    asyncio.run(pair.put("Fed", "a"))

    assert pair.localstack.held("Fed") == ["a"]
    assert pair.local.tables == {}


def test_items_stay_in_localstack_when_a_setting_names_the_table() -> None:
    pair = Pair(kept=Texts(("Wallets",), forms_of_name))
    pair.localstack.make("s-Wallets")

    asyncio.run(pair.put("s-Wallets", "a"))

    assert pair.localstack.held("s-Wallets") == ["a"]


def test_one_copy_is_made_when_many_calls_come_first() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> None:
        await asyncio.gather(*(pair.put("Wallets", str(number)) for number in range(20)))

    asyncio.run(run())

    assert len(pair.local.held("Wallets")) == 20
    assert (pair.local.count("CreateTable"), pair.localstack.count("DescribeTable")) == (1, 1)


def test_accounts_stay_apart_when_tables_have_one_name() -> None:
    pair, other = Pair(), Namespace("111111111111", "us-east-1")
    pair.localstack.make("Wallets")
    pair.localstack.make("Wallets", account=other.account)

    async def run() -> None:
        await pair.put("Wallets", "mine")
        await pair.ask("PutItem", {"TableName": "Wallets", "Item": {"PK": {"S": "theirs"}}}, other)

    asyncio.run(run())

    assert (pair.local.held("Wallets"), pair.local.held("Wallets", other.account)) == (["mine"], ["theirs"])


def test_copy_is_another_when_the_shell_is() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> None:
        await pair.put("Wallets", "old")
        del pair.localstack.tables[HERE.account, "Wallets"]
        pair.localstack.make("Wallets")
        pair.places.doubt(HERE)
        await pair.put("Wallets", "new")

    asyncio.run(run())

    assert pair.local.held("Wallets") == ["new"]


def test_copy_goes_when_the_shell_is_gone() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> int:
        await pair.put("Wallets", "a")
        del pair.localstack.tables[HERE.account, "Wallets"]
        pair.places.doubt(HERE)
        return (await pair.put("Wallets", "b")).status

    assert asyncio.run(run()) == 400
    assert pair.local.tables == {}


def test_copy_gets_an_index_when_the_shell_got_one() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> None:
        await pair.put("Wallets", "a")
        pair.localstack.tables[HERE.account, "Wallets"]["GlobalSecondaryIndexes"] = [index_of("ByOwner", "PK")]
        pair.places.doubt(HERE)
        await pair.put("Wallets", "b")

    asyncio.run(run())

    assert pair.local.held("Wallets") == ["a", "b"]
    assert pair.local.tables[HERE.account, "Wallets"]["GlobalSecondaryIndexes"] == [index_of("ByOwner", "PK")]


def test_items_move_when_a_stack_turned_a_stream_on() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> None:
        for key in "abcde":
            await pair.put("Wallets", key)
        pair.localstack.tables[HERE.account, "Wallets"].update(STREAM)
        pair.places.doubt(HERE)
        await pair.put("Wallets", "f")

    asyncio.run(run())

    assert pair.localstack.held("Wallets") == list("abcdef")
    assert pair.local.tables == {}


def test_items_stay_in_localstack_when_the_stream_is_turned_off() -> None:
    pair = Pair()
    pair.localstack.make("Wallets", **STREAM)

    async def run() -> None:
        await pair.put("Wallets", "a")
        del pair.localstack.tables[HERE.account, "Wallets"]["StreamSpecification"]
        pair.places.doubt(HERE)
        await pair.put("Wallets", "b")

    asyncio.run(run())

    assert pair.localstack.held("Wallets") == ["a", "b"]


def test_write_under_way_is_moved_too_when_a_stream_begins() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def held_up() -> None:
        reached.set()
        await go_on.wait()

    async def run() -> None:
        await pair.put("Wallets", "a")
        pair.local.before["PutItem"] = held_up
        write = asyncio.create_task(pair.put("Wallets", "late"))
        await reached.wait()
        move = asyncio.create_task(pair.places.move_to_localstack(HERE, "Wallets"))
        await asyncio.sleep(0)
        assert not move.done()
        go_on.set()
        await asyncio.gather(write, move)

    asyncio.run(run())

    assert pair.localstack.held("Wallets") == ["a", "late"]


def test_copy_is_kept_when_the_edge_starts_anew(tmp_path: Path) -> None:
    file = tmp_path / "tables.json"
    first = Pair(Registry(file))
    first.localstack.make("Wallets")
    asyncio.run(first.put("Wallets", "a"))

    second = Pair(Registry(file))
    second.localstack.__dict__.update(first.localstack.__dict__)
    second.local.__dict__.update(first.local.__dict__)
    asyncio.run(second.put("Wallets", "b"))

    assert second.local.held("Wallets") == ["a", "b"]


def test_copy_is_made_anew_when_dynamodb_local_has_lost_it() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> int:
        await pair.put("Wallets", "a")
        pair.local.tables.clear()
        pair.places.doubt(HERE)
        return (await pair.put("Wallets", "b")).status

    assert asyncio.run(run()) == 200


def test_place_is_looked_for_again_when_looking_failed() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    pair.local.failing["CreateTable"] = Refused("InternalServerError", 500)

    async def run() -> tuple[int, int]:
        failed = await pair.put("Wallets", "a")
        pair.local.failing.clear()
        return failed.status, (await pair.put("Wallets", "a")).status

    assert asyncio.run(run()) == (500, 200)
    assert pair.local.held("Wallets") == ["a"]


def test_copies_go_when_everything_is_forgotten() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")
    pair.localstack.make("Fed", **STREAM)

    async def run() -> None:
        await pair.put("Wallets", "a")
        await pair.put("Fed", "a")
        assert pair.places.count() == {"localstack": 1, "dynamodb": 1}
        await pair.places.forget(None)

    asyncio.run(run())

    assert pair.local.tables == {}
    assert pair.places.count() == {"localstack": 0, "dynamodb": 0}


def test_other_refusals_are_told_when_a_shell_is_looked_for() -> None:
    pair = Pair()
    pair.localstack.failing["DescribeTable"] = Refused("InternalServerError", 500)

    with pytest.raises(UpstreamRefused, match="InternalServerError"):
        asyncio.run(pair.places.of(HERE, "Wallets"))


def test_table_is_made_in_both_when_a_client_makes_it() -> None:
    pair = Pair()

    answer = asyncio.run(pair.ask("CreateTable", table_of("Wallets")))

    assert answer.status == 200
    assert (pair.localstack.count("CreateTable"), pair.local.count("CreateTable")) == (1, 1)


def test_one_copy_is_made_when_a_table_comes_while_calls_wait_for_it() -> None:
    pair = Pair()
    later: list[asyncio.Task[Answer]] = []

    async def table_comes() -> None:
        if pair.localstack.count("DescribeTable") == 2 and not later:
            pair.localstack.make("Wallets")
            later.append(asyncio.create_task(pair.put("Wallets", "c")))

    async def run() -> list[int]:
        pair.localstack.before["DescribeTable"] = table_comes
        told = [
            *await asyncio.gather(pair.put("Wallets", "a"), pair.put("Wallets", "b")),
            *await asyncio.gather(*later),
        ]
        return [one.status for one in told]

    assert asyncio.run(run()) == [400, 200, 200]
    assert (pair.local.held("Wallets"), pair.local.count("CreateTable")) == (["b", "c"], 1)


def test_copy_gets_an_index_when_the_shell_got_one_at_the_first_look() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def index_comes() -> None:
        pair.localstack.tables[HERE.account, "Wallets"]["GlobalSecondaryIndexes"] = [index_of("ByOwner", "PK")]
        pair.places.doubt(HERE)

    async def run() -> None:
        pair.local.before["CreateTable"] = index_comes
        await pair.put("Wallets", "a")
        await pair.put("Wallets", "b")

    asyncio.run(run())

    assert pair.local.tables[HERE.account, "Wallets"]["GlobalSecondaryIndexes"] == [index_of("ByOwner", "PK")]


def test_batch_finds_items_that_move_when_its_other_table_is_looked_at() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def items_move() -> None:
        await pair.places.move_to_localstack(HERE, "Wallets")

    async def run() -> int:
        await pair.put("Wallets", "a")
        pair.localstack.make("Younger")
        pair.localstack.before["DescribeTable"] = items_move
        requests = {table: [{"PutRequest": {"Item": {"PK": {"S": "b"}}}}] for table in ("Wallets", "Younger")}
        return (await pair.ask("BatchWriteItem", {"RequestItems": requests})).status

    assert asyncio.run(run()) == 200
    assert (pair.localstack.held("Wallets"), pair.local.held("Younger")) == (["a", "b"], ["b"])


def test_items_of_a_former_table_stay_away_when_a_stream_begins() -> None:
    pair = Pair()
    pair.localstack.make("Wallets")

    async def run() -> None:
        await pair.put("Wallets", "old")
        del pair.localstack.tables[HERE.account, "Wallets"]
        pair.localstack.make("Wallets")
        pair.places.doubt(HERE)
        await pair.ask("UpdateTable", {"TableName": "Wallets", **STREAM})

    asyncio.run(run())

    assert (pair.localstack.held("Wallets"), pair.local.tables) == ([], {})
