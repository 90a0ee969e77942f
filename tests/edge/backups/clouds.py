"""Edges in processes of their own, as a client of AWS meets them."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from harness.waiting import wait_until

ROOT = Path(__file__).parents[3]
STARTS_WITHIN_S = 30


@dataclass
class Served:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path
    http: httpx.Client

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self, service: str = "dynamodb", account: str = "test") -> Any:
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=account,
            aws_secret_access_key="test",
            config=Config(retries={"total_max_attempts": 1}),
        )

    def admin(self, method: str, path: str, **request: Any) -> Any:
        answer = self.http.request(method, f"{self.url}/_rehearsal/{path}", **request)
        assert answer.status_code < 300, answer.text
        return answer.json()


@contextmanager
def served(script: str, work: Path, *options: str) -> Iterator[Served]:
    work.mkdir(parents=True, exist_ok=True)
    log = work / "server.log"
    with log.open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", script, "--work", str(work), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
        )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        line = process.stdout.readline()
        assert line, f"the server did not start: {log.read_text()}"
        with httpx.Client(trust_env=False) as http:
            yield Served(process, int(line), log, http)
    finally:
        process.stdin.close()
        process.kill()
        process.wait()
        process.stdout.close()


def edge(work: Path, *options: str) -> Any:
    """Give an edge: over an engine of its own, or before `--upstream URL`."""
    return served("tests.edge.backups.serve_edge", work, *options)


def engine(work: Path) -> Any:
    """Give the engine as it comes."""
    return served("tests.conformance.serve_engine", work)


def make_table(dynamodb: Any, name: str, **more: Any) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "UserID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "UserID", "AttributeType": "S"}],
        **{"BillingMode": "PAY_PER_REQUEST", **more},
    )


def put(dynamodb: Any, table: str, user: str, amount: int) -> None:
    dynamodb.put_item(TableName=table, Item={"UserID": {"S": user}, "Amount": {"N": str(amount)}})


def amounts(dynamodb: Any, table: str) -> dict[str, int]:
    items = dynamodb.scan(TableName=table, ConsistentRead=True)["Items"]
    return {item["UserID"]["S"]: int(item["Amount"]["N"]) for item in items}


def protect(dynamodb: Any, table: str) -> None:
    dynamodb.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def window(dynamodb: Any, table: str) -> dict[str, Any]:
    told = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return told["PointInTimeRecoveryDescription"]  # type: ignore[no-any-return]


def wait_active(dynamodb: Any, table: str) -> dict[str, Any]:
    def active() -> dict[str, Any] | None:
        described = dynamodb.describe_table(TableName=table)["Table"]
        return described if described["TableStatus"] == "ACTIVE" else None

    return wait_until(f"{table} to be active", active, within_s=20)


def pass_time(cloud: Served, by: str) -> float:
    """Move the edge's clock on; return the epoch second at which it stood before."""
    before = cloud.admin("GET", "clock")
    cloud.admin("POST", "clock/advance", json={"by": by})
    return time.time() + float(before["ahead_s"])
