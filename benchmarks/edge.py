"""DynamoDB operations through our cloud process, against the bare engine: what the edge costs."""

import json
from dataclasses import dataclass

from benchmarks.load import Connection, Timing, post, run_clients
from harness.targets.environment import Environment

CONNECTIONS = 16
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)


@dataclass(frozen=True, slots=True)
class DynamoTimings:
    """Put and get, closed loop over 16 connections."""

    put: Timing
    get: Timing


def measure(environment: Environment, each: int) -> DynamoTimings:
    """Return the timings of `each` puts and gets a connection on a table of their own."""
    _make_table(environment)
    port = int(environment.aws_endpoint_url.rpartition(":")[2])
    return DynamoTimings(_run(port, "PutItem", each), _run(port, "GetItem", each))


def _run(port: int, operation: str, each: int) -> Timing:
    def make_operation(client: int):  # type: ignore[no-untyped-def]
        connection = Connection(port)
        requests = [_request(operation, client, turn) for turn in range(each)]

        def call(turn: int) -> None:
            status, body = connection.exchange(requests[turn])
            if status != 200:
                raise RuntimeError(f"{operation} answered {status}: {body[:200]!r}")

        return call

    return run_clients(CONNECTIONS, each, make_operation)


def _request(operation: str, client: int, turn: int) -> bytes:
    key = {"ID": {"S": f"{client}-{turn}"}}
    item = {**key, "Amount": {"N": "4000"}, "Status": {"S": "PROCESSING"}, "Note": {"S": "x" * 200}}
    body = {"TableName": "Bench", **({"Item": item} if operation == "PutItem" else {"Key": key})}
    headers = {
        "Authorization": _AUTHORIZATION,
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260101T000000Z",
    }
    return post("/", json.dumps(body).encode(), headers)


def _make_table(environment: Environment) -> None:
    client = environment.client("dynamodb")
    if "Bench" not in client.list_tables()["TableNames"]:
        client.create_table(
            TableName="Bench",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
