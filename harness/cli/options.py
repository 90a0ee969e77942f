"""Options that many commands share, and how they print."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from harness.config import INSTANCE_DEFAULT, instance_name
from harness.errors import EnvironmentNotRunning
from harness.targets import TARGETS, Environment, check_target, lifecycle

if TYPE_CHECKING:
    from harness.clients import EdgeClient

Instance = Annotated[
    str,
    typer.Option(
        "--instance", "-i", envvar="REHEARSAL_INSTANCE", help="Which environment; several can run side by side."
    ),
]
Target = Annotated[
    str, typer.Option("--target", "-t", envvar="REHEARSAL_TARGET", help=f"Where the cloud runs: {', '.join(TARGETS)}.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing when all goes well.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

# Progress and notes go to stderr, so that what a command answers can be piped.
notes = Console(stderr=True, highlight=False, soft_wrap=True)
answers = Console(highlight=False, soft_wrap=True)


def print_json(document: Any) -> None:
    """Print one JSON document on standard output."""
    sys.stdout.write(json.dumps(document, indent=2, default=str) + "\n")


def running(instance: str, target: str) -> Environment:
    """Return the environment that a command's options name; raises when it isn't running, or on another target."""
    return lifecycle.require_ready(checked(instance, target), target)


def checked(instance: str, target: str) -> str:
    """Return the name of the environment that a command's options mean; raises SettingInvalid."""
    if target:
        check_target(target)
    return instance_name(instance)


@contextmanager
def answering(environment: Environment) -> Iterator[None]:
    """Tell it when an environment ends under a command that is long under way; raises EnvironmentNotRunning."""
    import httpx
    from botocore.exceptions import EndpointConnectionError, HTTPClientError

    try:
        yield
    except (EndpointConnectionError, HTTPClientError, httpx.TransportError) as problem:
        name = environment.instance
        where = "" if name == INSTANCE_DEFAULT else f" --instance {name}"
        raise EnvironmentNotRunning(
            f"environment {name!r} does not answer any more",
            evidence={"seen": problem},
            remedy=f"rehearse status{where} says what runs and what died",
        ) from problem


def edge_of(environment: Environment) -> "EdgeClient":
    """Return a client of an environment's edge."""
    from harness.clients import EdgeClient
    from harness.clients.api import http_client

    return EdgeClient(http_client(environment.edge_url()))
