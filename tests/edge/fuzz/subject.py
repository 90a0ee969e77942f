"""The fuzzed edge: a process, its port, and whether it is still well."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx
import psutil
from botocore.config import Config

ROOT = Path(__file__).parents[3]
STOPS_WITHIN_S = 5
ANSWERS_WITHIN_S = 5.0
SILENT_AFTER_S = 0.05
TABLE = "fuzzed"
# What a log says when something of ours broke. An engine's own failures are told as such, and are no complaint here.
ALARMS = (
    "Exception in ASGI application",
    "Exception in callback",
    "Exception in protocol",
    "Fatal error",
    "exception was never retrieved",
    "was never awaited",
    "the edge failed at",
    "harness.edge.ttl",
    "[asyncio]",
)


@dataclass
class Subject:
    """A running edge. `log` is what its process printed."""

    port: int
    work: Path
    process: subprocess.Popen[bytes]
    http: httpx.Client
    tables: Any
    writes: int = 0
    _log_read: int = field(default=0)

    @property
    def log(self) -> Path:
        return self.work / "edge.log"

    def must_be_well(self) -> None:
        """Fail unless the edge answers health and DynamoDB right, and its log holds no new complaint."""
        assert self.process.poll() is None, f"the edge ended:\n{self.log.read_text()[-4000:]}"
        health = self.http.get("/_rehearsal/health")
        assert (health.status_code, health.json()["status"]) == (200, "ok")
        self.writes += 1
        item = {"ID": {"S": "probe"}, "Count": {"N": str(self.writes)}}
        self.tables.put_item(TableName=TABLE, Item=item)
        assert self.tables.get_item(TableName=TABLE, Key={"ID": item["ID"]})["Item"] == item
        assert self.complaints() == ""

    def complaints(self) -> str:
        """Return what was logged since the last time, if it tells of something that broke."""
        text = self.log.read_text(errors="replace")
        fresh, self._log_read = text[self._log_read :], len(text)
        return fresh if any(word in fresh for word in ALARMS) else ""

    def memory_mb(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def exchange(self, *parts: bytes, half_close: bool = False, leave: bool = False, within_s: float = 0.3) -> bytes:
        """Send these bytes on a connection of their own and return what comes back, until the end or silence.

        `half_close` ends the sending side first; `leave` closes at once, without reading. The first byte may take
        `within_s`.
        """
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWERS_WITHIN_S) as connection:
            try:
                for part in parts:
                    connection.sendall(part)
                if leave:
                    return b""
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
                connection.settimeout(within_s)
                while chunk := connection.recv(65_536):
                    received += chunk
                    connection.settimeout(min(within_s, SILENT_AFTER_S))
            except OSError:
                pass  # an edge may break off what makes no sense
        return received


@contextmanager
def edge_process(work: Path, *options: str) -> Iterator[Subject]:
    """Start an edge, and end it."""
    with (work / "edge.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.edge.fuzz.serve_edge", "--work", str(work), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip().decode()
        assert port, f"the edge did not start:\n{(work / 'edge.log').read_text()}"
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=ANSWERS_WITHIN_S, trust_env=False) as http:
            yield Subject(int(port), work, process, http, client("dynamodb", url))
    finally:
        process.stdin.close()
        try:
            process.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def client(service: str, url: str) -> Any:
    """Return a boto3 client that tries once."""
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=ANSWERS_WITHIN_S, read_timeout=ANSWERS_WITHIN_S)
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def make_table(subject: Subject) -> None:
    """Make the table that `must_be_well` writes to, with backups, so that its journal is kept."""
    subject.tables.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    subject.tables.update_continuous_backups(
        TableName=TABLE, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
