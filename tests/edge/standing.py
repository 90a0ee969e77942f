"""Engines and edges as processes of their own, as their users run them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from harness.targets.embedded.engine import NO_DOCKER
from harness.targets.ports import free_ports, is_listening
from harness.waiting import wait_until

WITHIN_S = 30.0
REHEARSE = [sys.executable, "-c", "from harness.cli import main; main()"]


@contextmanager
def moto_server() -> Iterator[str]:
    """Serve moto; give its URL."""
    port = free_ports().aws
    with _process([sys.executable, "-m", "moto.server", "-p", str(port)], dict(os.environ)):
        wait_until("moto's server", lambda: is_listening(port), within_s=WITHIN_S)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def ministack_server(work: Path) -> Iterator[str]:
    """Serve the stock engine; give its URL."""
    port = free_ports().aws
    environ = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "DOCKER_HOST": NO_DOCKER,
        "LOG_LEVEL": "WARNING",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(work),
    }
    command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port), "--log-level", "warning"]
    with _process(command, environ):
        wait_until("the stock engine", lambda: is_listening(port), within_s=WITHIN_S)
        yield f"http://127.0.0.1:{port}"


@contextmanager
def edge_before(upstream: str, *options: str) -> Iterator[str]:
    """Serve `rehearse edge`; give its URL. It must end well."""
    command = [*REHEARSE, "edge", "--upstream", upstream, "--port", "0", "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(_document(process.stdout))["url"]
            process.send_signal(signal.SIGINT)
            assert process.wait(WITHIN_S) == 0
        finally:
            process.kill()


def dynamodb(url: str) -> Any:
    """Return a client that does not try again, for many threads."""
    return boto3.client(
        "dynamodb",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=32),
    )


def make_table(client: Any, name: str) -> None:
    """Make a table with the key `PK`."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "PK", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _document(lines: Any) -> str:
    """Return the first JSON document of a stream, which ends in a line of its own."""
    text = ""
    for line in lines:
        text += line
        if line == "}\n":
            break
    return text


@contextmanager
def _process(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.kill()
        process.wait()
