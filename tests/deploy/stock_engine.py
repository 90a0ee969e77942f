"""The engine as it comes, for deploying to; the tests go to the embedded target as soon as it runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from harness.targets.environment import Environment
from harness.waiting import wait_until


@contextmanager
def stock_engine(directory: Path, port: int = 0) -> Iterator[Environment]:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port), "--log-level", "warning"]
    variables = {**os.environ, "GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": address}
    with (
        (directory / "log").open("wb") as log,
        subprocess.Popen(command, env=variables, stdout=log, stderr=log) as process,
    ):
        try:

            def answers():
                try:
                    return httpx.get(f"{address}/_ministack/health").status_code == 200
                except httpx.TransportError:
                    return False

            wait_until("engine", answers, within_s=20)
            yield Environment("embedded", "stock", address, "", "http://127.0.0.1:3000", directory)
        finally:
            process.terminate()
