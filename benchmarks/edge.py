"""DynamoDB operations through our cloud process, against the bare engine: what the edge costs.

Everything is recorded and journaled, and ten fault rules are loaded that match none of the calls, though they are about
the same operations. Both engines are measured in turns, because a machine's speed drifts.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import psutil

from benchmarks.load import Connection, Timing, post, run_clients
from harness.targets.environment import Environment

CONNECTIONS = 16
ROUNDS = 5
ITEMS_A_PARTITION = 10
PARTITIONS = 50
TABLE = "Bench"
RULES = 10
_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + "0" * 64
)
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Round:
    """One operation, through the edge and on the bare engine."""

    ours: Timing
    bare: Timing

    @property
    def ratio(self) -> float:
        """Our throughput as a part of the bare engine's."""
        return self.ours.per_s / self.bare.per_s


@dataclass(frozen=True, slots=True)
class EdgeFigures:
    """The median round of each operation, and the memory (PSS, MB) of both processes afterwards."""

    rounds: Mapping[str, Round]
    ours_mb: float
    bare_mb: float


def measure(environment: Environment, peer: Environment, each: int) -> EdgeFigures:
    """Measure every operation, `each` times a connection and round."""
    for one in (environment, peer):
        make_table(one)
    load_rules(environment.aws_endpoint_url)
    rounds: dict[str, Round] = {}
    for operation, document_of in OPERATIONS.items():
        taken = [
            Round(
                run(port_of(environment), operation, document_of, each),
                run(port_of(peer), operation, document_of, each),
            )
            for _ in range(ROUNDS)
        ]
        rounds[operation] = _median(taken)
    return EdgeFigures(rounds, memory_mb(environment.pids["cloud"]), memory_mb(listening_on(port_of(peer))))


def run(port: int, operation: str, document_of: Callable[[int, int], Document], each: int) -> Timing:
    """Return the timing of `each` operations a connection, closed loop; raises for any error answer."""

    def make_operation(client: int) -> Callable[[int], None]:
        connection = Connection(port)
        requests = [_request(operation, document_of(client, turn)) for turn in range(each)]

        def call(turn: int) -> None:
            status, body = connection.exchange(requests[turn])
            if status != 200:
                raise RuntimeError(f"{operation} answered {status}: {body[:200]!r}")

        return call

    return run_clients(CONNECTIONS, each, make_operation)


def load_rules(endpoint_url: str) -> None:
    """Load rules about the operations that are measured, for other tables and other keys."""
    rules = [
        {
            "kind": "error",
            "error": "InternalServerError",
            "match": {"service": "dynamodb", "operation": operation, "resource": resource, "key": "nobody"},
        }
        for operation in OPERATIONS
        for resource in ("OtherTable", TABLE)
    ]
    loaded = httpx.post(f"{endpoint_url}/_rehearsal/faults", json={"rules": rules}).raise_for_status().json()["faults"]
    if len(loaded) != RULES:
        raise RuntimeError(f"{len(loaded)} rules were loaded, expected {RULES}")


def port_of(environment: Environment) -> int:
    """Return the port of an environment's AWS endpoint."""
    return int(environment.aws_endpoint_url.rpartition(":")[2])


def _key(client: int, turn: int) -> Document:
    return {"PK": {"S": f"{client}-{turn // ITEMS_A_PARTITION}"}, "SK": {"S": f"{turn % ITEMS_A_PARTITION:03}"}}


def _item(client: int, turn: int) -> Document:
    return {**_key(client, turn), "Amount": {"N": "4000"}, "Status": {"S": "PROCESSING"}, "Note": {"S": "x" * 200}}


def _put(client: int, turn: int) -> Document:
    return {"TableName": TABLE, "Item": _item(client, turn)}


def _get(client: int, turn: int) -> Document:
    return {"TableName": TABLE, "Key": _key(client, turn)}


def _conditional_update(client: int, turn: int) -> Document:
    return {
        "TableName": TABLE,
        "Key": _key(client, turn),
        "UpdateExpression": "SET Amount = Amount + :one",
        "ConditionExpression": "Amount >= :least",
        "ExpressionAttributeValues": {":one": {"N": "1"}, ":least": {"N": "0"}},
    }


def _transaction(client: int, turn: int) -> Document:
    update = _conditional_update(client, turn)
    return {"TransactItems": [{"Update": update}, {"Put": _put(client + 1000, turn)}]}


def _query(client: int, turn: int) -> Document:
    return {
        "TableName": TABLE,
        "KeyConditionExpression": "PK = :pk",
        "ExpressionAttributeValues": {":pk": _key(client, turn)["PK"]},
    }


OPERATIONS: dict[str, Callable[[int, int], Document]] = {
    "PutItem": _put,
    "GetItem": _get,
    "UpdateItem": _conditional_update,
    "TransactWriteItems": _transaction,
    "Query": _query,
}


def _request(operation: str, document: Document) -> bytes:
    headers = {
        "Authorization": _AUTHORIZATION,
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Date": "20260101T000000Z",
    }
    return post("/", json.dumps(document).encode(), headers)


def make_table(environment: Environment) -> None:
    environment.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
        BillingMode="PAY_PER_REQUEST",
    )


def _median(rounds: list[Round]) -> Round:
    return sorted(rounds, key=lambda one: one.ratio)[len(rounds) // 2]


def memory_mb(pid: int) -> float:
    info = psutil.Process(pid).memory_full_info()
    return float(getattr(info, "pss", info.rss)) / 1e6


def listening_on(port: int) -> int:
    for connection in psutil.net_connections(kind="tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return int(connection.pid or 0)
    raise RuntimeError(f"nobody listens on port {port}")
