"""DynamoDB's calls find the engine with their tables; batches are parted, transactions over both refused."""

import asyncio
from typing import Any

from harness.edge.call import Answer
from tests.targets.docker.cloud.emulators import HERE, STREAM, Pair, Refused, index_of, put, table_of

ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/"


def pair_with_both() -> Pair:
    """Return a pair with the table `Wallets` in DynamoDB Local and `Fed` in LocalStack."""
    pair = Pair()
    pair.localstack.make("Wallets")
    pair.localstack.make("Fed", **STREAM)
    return pair


def asked(pair: Pair, *calls: tuple[str, dict[str, Any]]) -> list[Answer]:
    async def run() -> list[Answer]:
        return [await pair.ask(operation, document) for operation, document in calls]

    return asyncio.run(run())


def writes(*tables: str) -> dict[str, Any]:
    return {"RequestItems": {table: [{"PutRequest": {"Item": {"PK": {"S": "a"}}}}] for table in tables}}


def test_batch_is_parted_when_its_tables_are_in_both_engines() -> None:
    pair = pair_with_both()
    keys = {"Keys": [{"PK": {"S": "a"}}]}

    wrote, read = asked(
        pair,
        ("BatchWriteItem", writes("Wallets", "Fed")),
        ("BatchGetItem", {"RequestItems": {"Wallets": keys, "Fed": keys}}),
    )

    assert (pair.local.held("Wallets"), pair.localstack.held("Fed")) == (["a"], ["a"])
    assert {one["TableName"] for one in wrote.document["ConsumedCapacity"]} == {"Wallets", "Fed"}
    assert wrote.document["UnprocessedItems"] == {}
    item = [{"PK": {"S": "a"}}]
    assert read.document["Responses"] == {"Wallets": item, "Fed": item}


def test_rest_of_a_batch_is_unprocessed_when_one_engine_fails_for_now() -> None:
    pair = pair_with_both()
    pair.localstack.failing["BatchWriteItem"] = Refused("InternalServerError", 500)

    (wrote,) = asked(pair, ("BatchWriteItem", writes("Wallets", "Fed")))

    assert wrote.status == 200
    assert wrote.document["UnprocessedItems"] == writes("Fed")["RequestItems"]
    assert pair.local.held("Wallets") == ["a"]


def test_batch_is_refused_when_an_engine_refuses_it() -> None:
    pair = pair_with_both()
    pair.local.failing["BatchWriteItem"] = Refused("ValidationException")

    (wrote,) = asked(pair, ("BatchWriteItem", writes("Wallets", "Fed")))

    assert (wrote.status, wrote.document["__type"]) == (400, "ValidationException")
    assert pair.localstack.held("Fed") == []


def test_nothing_is_written_when_a_table_of_a_batch_is_not_there() -> None:
    pair = pair_with_both()

    (wrote,) = asked(pair, ("BatchWriteItem", writes("None", "Wallets", "Fed")))

    assert (wrote.status, wrote.document["__type"]) == (400, "ResourceNotFoundException")
    assert pair.local.held("Wallets") == []


def test_transaction_passes_when_its_tables_are_in_one_engine() -> None:
    pair = pair_with_both()
    pair.localstack.make("Ledger")

    (answer,) = asked(
        pair, ("TransactWriteItems", {"TransactItems": [{"Put": put("Wallets", "a")}, {"Put": put("Ledger", "b")}]})
    )

    assert answer.status == 200
    assert (pair.local.held("Wallets"), pair.local.held("Ledger")) == (["a"], ["b"])


def test_transaction_is_refused_by_name_when_its_tables_are_in_both_engines() -> None:
    pair = pair_with_both()

    (answer,) = asked(
        pair, ("TransactWriteItems", {"TransactItems": [{"Put": put("Wallets", "a")}, {"Put": put("Fed", "a")}]})
    )

    assert (answer.status, answer.document["__type"].rpartition("#")[2]) == (400, "ValidationException")
    assert "Fed in LocalStack; Wallets in DynamoDB Local" in answer.document["message"]
    assert "Name the latter in REHEARSAL_TABLES_IN_LOCALSTACK" in answer.document["message"]
    assert (pair.local.held("Wallets"), pair.localstack.held("Fed")) == ([], [])


def test_statements_go_to_the_engine_of_their_table() -> None:
    pair = pair_with_both()

    asked(
        pair,
        ("ExecuteStatement", {"Statement": 'SELECT * FROM "Wallets"."ByOwner" WHERE PK = ?'}),
        ("ExecuteStatement", {"Statement": "SELECT * FROM Fed"}),
    )

    assert (pair.local.count("ExecuteStatement"), pair.localstack.count("ExecuteStatement")) == (1, 1)


def test_statements_are_refused_when_their_tables_are_in_both_engines() -> None:
    statements = [{"Statement": 'SELECT * FROM "Wallets"'}, {"Statement": 'SELECT * FROM "Fed"'}]

    batch, together = asked(
        pair_with_both(),
        ("BatchExecuteStatement", {"Statements": statements}),
        ("ExecuteTransaction", {"TransactStatements": statements}),
    )

    assert (batch.status, together.status) == (400, 400)


def test_table_may_be_called_by_its_arn() -> None:
    pair = pair_with_both()
    keys = {"Keys": [{"PK": {"S": "a"}}]}

    _, got, batch = asked(
        pair,
        ("PutItem", put(f"{ARN}Wallets", "a")),
        ("GetItem", {"TableName": f"{ARN}Wallets", "Key": {"PK": {"S": "a"}}}),
        ("BatchGetItem", {"RequestItems": {f"{ARN}Wallets": keys, "Fed": keys}}),
    )

    assert got.document["Item"] == {"PK": {"S": "a"}}
    assert batch.document["Responses"] == {f"{ARN}Wallets": [{"PK": {"S": "a"}}], "Fed": []}


def test_batches_and_transactions_go_by_name_when_they_call_one_engine_s_tables_by_arn() -> None:
    pair = pair_with_both()

    batch, together = asked(
        pair,
        ("BatchWriteItem", writes(f"{ARN}Wallets")),
        ("TransactWriteItems", {"TransactItems": [{"Put": put(f"{ARN}Wallets", "b")}]}),
    )

    assert (batch.status, together.status) == (200, 200)
    assert pair.local.held("Wallets") == ["a", "b"]


def test_nothing_is_written_when_a_batch_over_both_is_too_long() -> None:
    pair = pair_with_both()
    pair.localstack.failing["BatchWriteItem"] = Refused("ValidationException")
    items = [{"PutRequest": {"Item": {"PK": {"S": str(number)}}}} for number in range(13)]

    (wrote,) = asked(pair, ("BatchWriteItem", {"RequestItems": {"Wallets": items, "Fed": items}}))

    assert (wrote.status, pair.local.held("Wallets")) == (400, [])
    assert len(pair.localstack.asked[-1][1]["RequestItems"]) == 2


def test_description_has_the_copys_counts_when_items_are_there() -> None:
    pair = Pair()
    pair.localstack.make("Wallets", GlobalSecondaryIndexes=[index_of("ByOwner", "PK")], TableArn=f"{ARN}Wallets")

    _, answer = asked(pair, ("PutItem", put("Wallets", "a")), ("DescribeTable", {"TableName": "Wallets"}))

    assert (answer.document["Table"]["ItemCount"], answer.document["Table"]["TableArn"]) == (1, f"{ARN}Wallets")
    assert not answer.header(b"x-amz-crc32")


def test_both_tables_go_when_a_client_deletes_one() -> None:
    pair = Pair()

    asked(pair, ("CreateTable", table_of("Wallets")), ("DeleteTable", {"TableName": "Wallets"}))

    assert (pair.localstack.tables, pair.local.tables) == ({}, {})


def test_copy_stays_when_the_shell_may_not_be_deleted() -> None:
    pair = Pair()
    pair.localstack.failing["DeleteTable"] = Refused("ValidationException")

    _, answer = asked(pair, ("CreateTable", table_of("Wallets")), ("DeleteTable", {"TableName": "Wallets"}))

    assert answer.status == 400
    assert pair.local.held("Wallets") == []


def test_index_is_made_in_both_when_a_client_makes_it() -> None:
    pair = Pair()
    update = {"TableName": "Wallets", "GlobalSecondaryIndexUpdates": [{"Create": index_of("ByOwner", "PK")}]}

    asked(pair, ("CreateTable", table_of("Wallets")), ("UpdateTable", update))

    for engine in (pair.localstack, pair.local):
        assert engine.tables[HERE.account, "Wallets"]["GlobalSecondaryIndexes"] == [index_of("ByOwner", "PK")]


def test_items_move_before_the_stream_begins_when_a_client_turns_it_on() -> None:
    pair = Pair()

    asked(
        pair,
        ("CreateTable", table_of("Wallets")),
        ("PutItem", put("Wallets", "a")),
        ("UpdateTable", {"TableName": "Wallets", **STREAM}),
        ("PutItem", put("Wallets", "b")),
    )

    assert pair.localstack.held("Wallets") == ["a", "b"]
    operations = [operation for operation, _ in pair.localstack.asked]
    assert operations.index("BatchWriteItem") < operations.index("UpdateTable")


def test_localstack_answers_when_a_call_is_about_no_items() -> None:
    pair = Pair()

    asked(pair, ("ListTables", {}), ("ListStreams", {}), ("GetItem", {"TableName": 7}))

    assert [operation for operation, _ in pair.localstack.asked][:2] == ["ListTables", "ListStreams"]
    assert pair.local.asked == []
