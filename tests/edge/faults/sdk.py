"""An edge on a real port over a table in a few lines, with SDKs to call it: what retries are tested against."""

import asyncio
import json
import socket
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import uvicorn
from botocore import xform_name
from botocore.config import Config

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.edge.app import Edge
from harness.edge.asgi import Receive, Scope, Send
from harness.edge.clock import EdgeClock
from harness.edge.faults import Faults
from harness.edge.upstream import AsgiUpstream, read_body
from harness.edge.wire import WireProtocol
from harness.faults import AwsFaults
from harness.waiting import wait_until
from tests.edge.test_edge import FakeControls

KEY = {"ID": {"S": "a"}}


class Table:
    """One item with a number that grows by one with every write; `calls` are the operations that came so far."""

    def __init__(self) -> None:
        self.number = 0
        self.exists = False
        self.calls: list[str] = []
        self.tokens: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = next(value for name, value in scope["headers"] if name == b"x-amz-target")
        operation = target.decode().rpartition(".")[2]
        self.calls.append(operation)
        status, document = getattr(self, xform_name(operation))(json.loads(await read_body(receive)))
        body = json.dumps(document).encode()
        # As DynamoDB does; SDKs compare it.
        headers = [(b"content-length", b"%d" % len(body)), (b"x-amz-crc32", b"%d" % zlib.crc32(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def get_item(self, _: Any) -> tuple[int, Any]:
        return 200, {"Item": {**KEY, "Number": {"N": str(self.number)}}}

    def update_item(self, _: Any) -> tuple[int, Any]:
        self.number += 1
        return 200, {}

    def put_item(self, asked: Any) -> tuple[int, Any]:
        if "ConditionExpression" in asked and self.exists:
            return 400, {"__type": "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"}
        self.exists = True
        self.number += 1
        return 200, {}

    def transact_write_items(self, asked: Any) -> tuple[int, Any]:
        if asked["ClientRequestToken"] not in self.tokens:
            self.tokens.add(asked["ClientRequestToken"])
            self.number += 1
        return 200, {}

    def batch_write_item(self, asked: Any) -> tuple[int, Any]:
        self.number += sum(len(entries) for entries in asked["RequestItems"].values())
        return 200, {"UnprocessedItems": {}}

    def start_execution(self, _: Any) -> tuple[int, Any]:
        return 200, {"executionArn": "arn:aws:states:us-east-1:000000000000:execution:flow:a", "startDate": 0}


class Place:
    """A running edge: its `url`, the `table` behind it, and the verbs that break it for everybody."""

    def __init__(self, url: str, table: Table, edge: EdgeClient) -> None:
        self.url = url
        self.table = table
        self.faults = AwsFaults(edge)

    def client(self, service: str = "dynamodb", *, mode: str, attempts: int = 0, read_timeout_s: float = 5) -> Any:
        """Return a client of boto3 in a retry mode; 0 attempts are the mode's own number."""
        retries: dict[str, Any] = {"mode": mode, **({"total_max_attempts": attempts} if attempts else {})}
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries=retries, read_timeout=read_timeout_s),  # type: ignore[arg-type]
        )


@contextmanager
def serving() -> Iterator[Place]:
    """Serve an edge in a thread of its own."""
    table = Table()
    edge = Edge(AsgiUpstream(table), FakeControls(), rooms=(Faults(EdgeClock(), FakeControls()),))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(edge, http=WireProtocol, lifespan="off", log_level="error", access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])), daemon=True)
        thread.start()
        wait_until("the edge", lambda: server.started, within_s=10)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with http_client(url) as http:
                yield Place(url, table, EdgeClient(http))
        finally:
            server.should_exit = True
            thread.join(10)
