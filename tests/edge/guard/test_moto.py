"""What moto's server breaks, and what the guard before it restores: acknowledged writes, tokens, malformed JSON."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from tests.edge.standing import dynamodb, edge_before, make_table, moto_server

pytestmark = pytest.mark.slow
ITEMS_BEFORE = 200
WRITERS = 8
WRITES_EACH = 15
ROUNDS_MAX = 12
_numbers = count()


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_server() as url:
        yield url


@pytest.fixture(scope="module")
def guarded(moto: str) -> Iterator[str]:
    with edge_before(moto, "--guard", "--no-images") as url:
        yield url


def lost_writes(client: Any) -> tuple[int, set[str]]:
    """Write beside transactions that can't succeed; return how many acknowledged writes are gone, and their ends."""
    table = f"Wallets{next(_numbers)}"
    make_table(client, table)
    filler = [
        {"PutRequest": {"Item": {"PK": {"S": f"before-{n}"}, "V": {"S": "x" * 100}}}} for n in range(ITEMS_BEFORE)
    ]
    for start in range(0, ITEMS_BEFORE, 25):
        client.batch_write_item(RequestItems={table: filler[start : start + 25]})
    over = threading.Event()
    written: set[str] = set()

    def cancel() -> list[str]:
        ends = []
        while not over.is_set():
            put = {"TableName": table, "Item": {"PK": {"S": f"never-{next(_numbers)}"}}}
            refused = {"TableName": table, "Key": {"PK": {"S": "before-0"}}}
            check = {**refused, "ConditionExpression": "attribute_not_exists(PK)"}
            with pytest.raises(ClientError) as caught:
                client.transact_write_items(TransactItems=[{"Put": put}, {"ConditionCheck": check}])
            ends.append(caught.value.response["Error"]["Code"])
        return ends

    def write(writer: int) -> None:
        for number in range(WRITES_EACH):
            client.put_item(TableName=table, Item={"PK": {"S": f"{writer}-{number}"}})
            written.add(f"{writer}-{number}")

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        cancelling = [pool.submit(cancel) for _ in range(2)]
        for writing in [pool.submit(write, writer) for writer in range(WRITERS)]:
            writing.result()
        over.set()
        ends = [end for one in cancelling for end in one.result()]
    assert len(ends) > 3
    assert len(written) == WRITERS * WRITES_EACH
    pages = client.get_paginator("scan").paginate(TableName=table)
    there = {item["PK"]["S"] for page in pages for item in page["Items"]}
    return len(written - there), set(ends)


def counted_twice(client: Any) -> str:
    """Send one transaction twice with its token; return what a counter that it raises by one says."""
    table = f"Tokens{next(_numbers)}"
    make_table(client, table)
    client.put_item(TableName=table, Item={"PK": {"S": "a"}, "N": {"N": "0"}})
    raised = {
        "TableName": table,
        "Key": {"PK": {"S": "a"}},
        "UpdateExpression": "SET N = N + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    for _ in range(2):
        client.transact_write_items(TransactItems=[{"Update": raised}], ClientRequestToken="once")
    return str(client.get_item(TableName=table, Key={"PK": {"S": "a"}})["Item"]["N"]["N"])


def status_of_malformed(url: str) -> int:
    scope = "Credential=test/20260101/us-east-1/dynamodb/aws4_request"
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.GetItem",
        "Content-Type": "application/x-amz-json-1.0",
        "Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=00",
    }
    return httpx.post(url, content=b'{"TableName": ', headers=headers).status_code


def test_acknowledged_writes_are_lost_when_nobody_guards(moto: str) -> None:
    client = dynamodb(moto)

    # Whether a round loses any is up to the threads of moto's server: most do.
    assert any(lost_writes(client)[0] for _ in range(ROUNDS_MAX))


def test_no_write_is_lost_when_the_guard_serialises_transactions(guarded: str) -> None:
    lost, ends = lost_writes(dynamodb(guarded))

    assert lost == 0
    assert ends == {"TransactionCanceledException"}


def test_token_takes_effect_twice_when_nobody_guards(moto: str) -> None:
    assert counted_twice(dynamodb(moto)) == "2"


def test_token_takes_effect_once_when_the_guard_remembers_it(guarded: str) -> None:
    assert counted_twice(dynamodb(guarded)) == "1"


def test_malformed_json_is_the_clients_fault_when_the_guard_reads_it(moto: str, guarded: str) -> None:
    assert status_of_malformed(moto) == 500
    assert status_of_malformed(guarded) == 400
