"""Engines in containers of their own: run from the image that docker-compose.yml names, asked, and removed.

The variables are compose's (`LOCALSTACK_IMAGE`, `DYNAMODB_LOCAL_IMAGE`, `LAMBDA_RUNTIME_EXECUTOR`). What was measured
is told by the image's own name: an image that is not the official one proves nothing about that one.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import WaitTimeout
from harness.targets.ports import LOOPBACK, free_ports
from harness.waiting import wait_until

COMPOSE = Path(__file__).resolve().parents[1] / "docker-compose.yml"
LABEL = "rehearsal.conformance"
SOCKET = Path("/var/run/docker.sock")
# The image may have to be pulled first.
PULLED_WITHIN_S = 900.0
READY_WITHIN_S = 120.0
ANSWERS_WITHIN_S = 20.0


class NoContainer(Exception):
    """A container can't be run here, or did not come up; the words say why."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an engine is run: the variable that names its image, the port it answers on, and what `docker run` gets."""

    name: str
    variable: str
    port: int
    options: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


def localstack() -> Recipe:
    """Return how LocalStack is run: with the engine's socket, because it runs functions in containers beside it."""
    executor = os.environ.get("LAMBDA_RUNTIME_EXECUTOR", "")
    needs_socket = executor in ("", "docker") and SOCKET.exists()
    return Recipe(
        "localstack",
        "LOCALSTACK_IMAGE",
        4566,
        options=("--volume", f"{SOCKET}:{SOCKET}") if needs_socket else (),
        environment={"DISABLE_EVENTS": "1", **({"LAMBDA_RUNTIME_EXECUTOR": executor} if executor else {})},
    )


def dynamodb_local() -> Recipe:
    """Return how DynamoDB Local is run: in memory, one database for all keys and regions."""
    command = ("-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb")
    return Recipe("dynamodb-local", "DYNAMODB_LOCAL_IMAGE", 8000, command=command)


@dataclass(frozen=True, slots=True)
class Container:
    """A container that answers at `url`; `image` is told with whether it is the official one."""

    name: str
    url: str
    image: str

    def log(self) -> str:
        """Return what it has written so far."""
        told = _docker("logs", self.name)
        return told.stdout + told.stderr


@contextmanager
def running(recipe: Recipe) -> Iterator[Container]:
    """Run a container until the block ends, and remove it with all it left. Raises NoContainer."""
    _must_have_docker()
    image, port = image_of(recipe.variable), free_ports().aws
    name = f"rehearsal-conformance-{recipe.name}-{os.getpid()}"
    options = [*recipe.options, "--publish", f"{LOOPBACK}:{port}:{recipe.port}", "--label", LABEL]
    options += [word for key, value in recipe.environment.items() for word in ("--env", f"{key}={value}")]
    try:
        begun = _docker("run", "--detach", "--name", name, *options, image, *recipe.command, within_s=PULLED_WITHIN_S)
        if begun.returncode != 0:
            raise NoContainer(f"image {image} does not run: {_last_line(begun.stderr)}")
        url = f"http://{LOOPBACK}:{port}"
        _wait(name, url)
        yield Container(name, url, told_image(recipe.variable))
    finally:
        _docker("rm", "--force", "--volumes", name)


def image_of(variable: str) -> str:
    """Return the image that a variable names, else the one that the compose file takes without it."""
    return os.environ.get(variable) or official_image(variable)


def official_image(variable: str) -> str:
    """Return the image that the compose file takes when a variable is not set; raises NoContainer for none."""
    found = re.search(rf"\$\{{{variable}:-([^}}]+)\}}", COMPOSE.read_text(encoding="utf-8"))
    if found is None:
        raise NoContainer(f"{COMPOSE.name} has no image of {variable}")
    return found[1]


def told_image(variable: str) -> str:
    """Return how a page names the image: by its own name, and whether that is the official one's."""
    image, official = image_of(variable), official_image(variable)
    return f"image {image}" + ("" if _repository(image) == _repository(official) else ", not the official one")


def _repository(image: str) -> str:
    """Return an image's name without its tag or digest; a colon before a slash is a registry's port."""
    name = image.partition("@")[0]
    before, colon, after = name.rpartition(":")
    return (before if colon and "/" not in after else name).removeprefix("docker.io/").removeprefix("library/")


def _must_have_docker() -> None:
    if shutil.which("docker") is None:
        raise NoContainer("the program docker is not installed")
    try:
        answered = _docker("version", "--format", "{{.Server.Version}}")
    except subprocess.TimeoutExpired:
        raise NoContainer(f"no Docker engine answered within {ANSWERS_WITHIN_S:.0f} s") from None
    if answered.returncode != 0:
        raise NoContainer("no Docker engine answers")


def _wait(name: str, url: str) -> None:
    from conformance.answering import answers

    def has_ended() -> bool:
        return _docker("inspect", "--format", "{{.State.Running}}", name).stdout.strip() != "true"

    try:
        wait_until(name, lambda: answers(url) or has_ended(), within_s=READY_WITHIN_S, every_max_s=1.0)
    except WaitTimeout:
        raise NoContainer(f"it did not answer within {READY_WITHIN_S:.0f} s") from None
    if has_ended():
        told = _docker("logs", "--tail", "5", name)
        raise NoContainer(f"it ended at once: {_last_line(told.stdout + told.stderr)}")


def _docker(*arguments: str, within_s: float = ANSWERS_WITHIN_S) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False, timeout=within_s)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["without a word"])[-1]
