"""A gateway of its own, as a process: the library knows it by HTTP alone."""

from collections.abc import Iterator

import pytest

from harness.clients import GatewayClient
from harness.clients.api import http_client
from tests.gateway_process import running_gateway


@pytest.fixture(scope="session")
def gateway_url() -> Iterator[str]:
    with running_gateway() as url:
        yield url


@pytest.fixture
def gateway(gateway_url: str) -> Iterator[GatewayClient]:
    with http_client(gateway_url) as client:
        yield GatewayClient(client)
