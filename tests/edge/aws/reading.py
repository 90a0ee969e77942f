"""Calls as boto3 really sends them, and a reader over an upstream that knows two tables."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import orjson
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from harness.edge.aws import Reader
from harness.edge.call import Answer, Call, Namespace, Target
from harness.edge.identify import Identifier
from harness.edge.tables import Tables

NAMESPACE = Namespace("000000000000", "us-east-1")
SCHEMAS = {
    "Wallets": [{"AttributeName": "UserID", "KeyType": "HASH"}],
    "Ledger": [{"AttributeName": "SK", "KeyType": "RANGE"}, {"AttributeName": "PK", "KeyType": "HASH"}],
}


class Upstream:
    """Describes the tables above, and counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, call: Call) -> Answer:
        table = call.document["TableName"]
        self.asked.append(table)
        if table not in SCHEMAS:
            return Answer(400, [], orjson.dumps({"__type": "x#ResourceNotFoundException", "message": "no table"}))
        return Answer(200, [], orjson.dumps({"Table": {"KeySchema": SCHEMAS[table]}}))


async def nobody() -> Any:
    return {"type": "http.disconnect"}


def sent(service: str, action: Callable[[Any], object], **config: Any) -> Call:
    """Return the call that a boto3 client sends when `action` uses it."""
    client = boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=config.pop("endpoint_url", "http://127.0.0.1:1"),
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}, **config),
    )
    requests: list[Any] = []

    def keep(request: Any, **_: Any) -> AWSResponse:
        requests.append(request)
        return AWSResponse(request.url, 500, {}, _Empty())  # type: ignore[arg-type,no-untyped-call]

    client.meta.events.register("before-send", keep)
    with pytest.raises(client.exceptions.ClientError):
        action(client)
    return as_call(requests[0])


class _Empty:
    def stream(self) -> list[bytes]:
        return []


def as_call(request: Any) -> Call:
    url = urlsplit(request.url)
    headers = [(b"host", url.netloc.encode())]
    for name, value in request.headers.items():
        headers.append((name.lower().encode(), value if isinstance(value, bytes) else value.encode()))
    body = request.body.read() if hasattr(request.body, "read") else request.body or b""
    scope = {
        "type": "http",
        "method": request.method,
        "path": url.path or "/",
        "raw_path": (url.path or "/").encode(),
        "query_string": url.query.encode(),
        "headers": headers,
    }
    return Call(scope, nobody, body.encode() if isinstance(body, str) else bytes(body))


def read(call: Call, upstream: Upstream | None = None) -> Call:
    """Return the call as it passes on after the identifier and the reader."""
    Identifier(lambda _: "000000000000", "us-east-1").mark(call)
    asyncio.run(Reader(Tables(upstream or Upstream())).read(call))
    return call


def arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:us-east-1:000000000000:{resource}"


S = {"S": "user-1"}
ITEM = {"PK": S, "SK": {"S": "e#1"}, "amount": {"N": "5"}}
KEY = {"SK": {"S": "e#1"}, "PK": S}
LEDGER = "arn:aws:dynamodb:us-east-1:000000000000:table/Ledger"
A, B = Target("Ledger", "PK=user-1,SK=e#1"), Target("Wallets", "UserID=user-1")
MACHINE, EXECUTION = arn("states", "stateMachine:Payments"), arn("states", "execution:Payments:pay-1")
