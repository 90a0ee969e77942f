"""SDKs get over refused calls by themselves, as they do with AWS: over the wire, with their own retries."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import uvicorn
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.edge import Edge
from harness.edge.capacity import Capacity, options_of
from harness.edge.changes import ChangeFeed
from harness.edge.clock import EdgeClock
from harness.edge.wire import WireProtocol
from harness.waiting import wait_until
from tests.edge.capacity.engine import Engine
from tests.edge.capacity.world import Controls, provisioned

pytestmark = pytest.mark.slow
# Eight writes at once, then eight a second: a client that waits as SDKs do is soon through.
SETTINGS = {"parameters": {"burst_s": 1}}


@contextmanager
def served() -> Iterator[tuple[str, Engine]]:
    """Serve an edge in a thread of its own; give its URL and the engine behind it."""
    feed = ChangeFeed()
    engine = Engine(feed)
    engine.make(provisioned(8, 8))
    room = Capacity(engine, feed, EdgeClock(), options_of(SETTINGS))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        edge = Edge(engine, Controls(), rooms=(room,))
        config = uvicorn.Config(edge, http=WireProtocol, lifespan="off", log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        wait_until("the edge", lambda: server.started, within_s=10)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}", engine
        finally:
            server.should_exit = True
            thread.join(10)


def client(url: str, attempts: int) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


def put(key: int) -> dict[str, Any]:
    return {"TableName": "wallets", "Item": {"PK": {"S": str(key)}}}


@pytest.fixture
def place() -> Iterator[tuple[str, Engine]]:
    with served() as place:
        yield place


def test_writes_are_done_in_the_end_when_the_sdk_retries(place: tuple[str, Engine]) -> None:
    url, engine = place
    sdk = client(url, attempts=20)

    retried = sum(sdk.put_item(**put(key))["ResponseMetadata"]["RetryAttempts"] for key in range(14))

    assert len(engine.items["wallets"]) == 14
    assert retried > 0


@pytest.mark.parametrize("kind", ["Put", "Get"])
def test_the_sdk_raises_the_modelled_exception_when_it_does_not_retry(place: tuple[str, Engine], kind: str) -> None:
    sdk = client(place[0], attempts=1)
    key = {"TableName": "wallets", "Key": {"PK": {"S": "a"}}, "ConsistentRead": True}

    def until_refused() -> None:
        for number in range(200):
            sdk.put_item(**put(number)) if kind == "Put" else sdk.get_item(**key)

    with pytest.raises(sdk.exceptions.ProvisionedThroughputExceededException) as refused:
        until_refused()

    access = "Write" if kind == "Put" else "Read"
    reasons = refused.value.response["ThrottlingReasons"]
    assert reasons[0]["reason"] == f"Table{access}ProvisionedThroughputExceeded"


def test_transactions_are_done_in_the_end_when_the_client_tries_again(place: tuple[str, Engine]) -> None:
    sdk = client(place[0], attempts=1)
    seen: set[str] = set()
    entries = [{"Put": put(1)}, {"Put": put(2)}]

    def done() -> bool:
        try:
            sdk.transact_write_items(TransactItems=entries)
        except ClientError as problem:
            seen.update(one["Code"] for one in problem.response["CancellationReasons"])
            return False
        return True

    for _ in range(4):
        wait_until("the transaction", done, within_s=10)
    assert "ProvisionedThroughputExceeded" in seen


def test_the_rest_of_a_batch_is_written_when_unprocessed_items_are_sent_again(place: tuple[str, Engine]) -> None:
    url, engine = place
    sdk = client(url, attempts=20)
    left: dict[str, Any] = {"wallets": [{"PutRequest": {"Item": put(key)["Item"]}} for key in range(12)]}
    rounds = 0

    while left:
        left = sdk.batch_write_item(RequestItems=left)["UnprocessedItems"]
        rounds += 1

    assert len(engine.items["wallets"]) == 12
    assert rounds > 1
