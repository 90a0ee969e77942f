"""What commands share: an environment that ends under a command is told as that, in words."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError

from harness.cli.options import answering
from harness.errors import EnvironmentNotRunning

ENVIRONMENT: Any = SimpleNamespace(instance="feature-x")


@pytest.mark.parametrize(
    "problem",
    [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1/"),
        ConnectionClosedError(endpoint_url="http://127.0.0.1:1/"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_command_says_so_when_its_environment_ends(problem: Exception) -> None:
    with (
        pytest.raises(EnvironmentNotRunning, match="'feature-x' does not answer any more") as raised,
        answering(ENVIRONMENT),
    ):
        raise problem

    assert raised.value.exit_code == 2
    assert "rehearse status --instance feature-x" in str(raised.value)


def test_other_errors_are_left_alone_when_a_command_fails() -> None:
    with pytest.raises(ValueError, match="own"), answering(ENVIRONMENT):
        raise ValueError("own")
