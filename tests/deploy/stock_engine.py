"""The engine as it comes, without mends and worker pool, for deploying to on a free port."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from harness.targets.environment import Environment
from harness.waiting import wait_until


@contextmanager
def stock_engine(directory: Path) -> Iterator[Environment]:
    """Run the engine for the length of a `with` block; its log is in `directory`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "ministack.app:app", "--port", str(port), "--log-level", "warning"]
    variables = {**os.environ, "GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": address}

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/_ministack/health", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    with (
        (directory / "engine.log").open("wb") as log,
        subprocess.Popen(command, env=variables, stdout=log, stderr=log) as process,
    ):
        try:
            wait_until("readiness of the engine", answers, within_s=20)
            yield Environment("embedded", "stock", address, "", "http://127.0.0.1:3000", directory)
        finally:
            process.terminate()
