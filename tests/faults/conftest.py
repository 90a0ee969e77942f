"""A gateway of its own, as a process: the library knows it by HTTP alone."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from harness.clients import GatewayClient
from harness.clients.api import http_client


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    command = [sys.executable, "-m", "mock_gateway", "--port", "0", "--seed", "7", "--stop-with-parent"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield _address(process.stdout)
        finally:
            process.stdin.close()
            process.wait(10)


@pytest.fixture
def gateway(gateway_url: str) -> Iterator[GatewayClient]:
    with http_client(gateway_url) as client:
        yield GatewayClient(client)


def _address(output: Iterator[bytes]) -> str:
    seen = []
    for line in output:
        seen.append(line.decode())
        if found := re.search(r"http://[\d.]+:\d+", seen[-1]):
            return found.group()
    raise AssertionError(f"the gateway ended: {''.join(seen)}")
