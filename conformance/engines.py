"""The engines: how each is started and stopped, and what its version is.

DynamoDB Local runs from a jar of the user's (DYNAMODB_LOCAL_JAR) and from an image, LocalStack from an image, and the
docker target as `rehearse up --target docker` brings it up: all that Docker runs is left out, with the reason, where no
engine answers. Other endpoints are given as NAME=URL.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import httpx

from benchmarks.stock import stock_engine
from conformance.answering import answers
from conformance.containers import Container, NoContainer, Recipe, dynamodb_local, localstack, running
from harness import __version__
from harness.doctor import Patient
from harness.errors import RehearsalError
from harness.targets import open_environment
from harness.targets.ports import LOOPBACK, free_ports, is_listening
from harness.waiting import wait_until

READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 5.0
JAR = "DYNAMODB_LOCAL_JAR"
CONTAINERS_PATIENCE = 3.0


class NotMeasured(RehearsalError):
    """An engine can't run here."""


@dataclass(frozen=True, slots=True)
class Running:
    """An engine that runs: who to examine, and what version it says it is."""

    patient: Patient
    version: str


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine by the name of its column; `patience` stretches the bounds of its probes: containers begin slowly."""

    name: str
    start: Callable[[], AbstractContextManager[Running]]
    patience: float = 1.0


def engines(given: Sequence[tuple[str, str]]) -> list[Engine]:
    """Return all engines, and the endpoints that were given as (name, URL)."""
    names = {name.lower() for name, _ in given}
    known = [
        Engine("Rehearsal, embedded", _embedded),
        Engine("ministack, stock", _stock),
        Engine("moto server", _moto),
        Engine("moto behind the guard", _moto_behind_the_guard),
        Engine("DynamoDB Local", _dynamodb_local),
        Engine("DynamoDB Local (Docker)", _dynamodb_local_container),
        Engine("LocalStack", _localstack, CONTAINERS_PATIENCE),
        Engine("Rehearsal, docker", _docker_target, CONTAINERS_PATIENCE),
    ]
    others = [Engine(name, lambda name=name, url=url: _given(name, url)) for name, url in given]  # type: ignore[misc]
    return [one for one in known if one.name.lower() not in names] + others


@contextmanager
def _embedded() -> Iterator[Running]:
    with open_environment(instance=f"conformance-{os.getpid()}") as environment:
        told = f"Rehearsal {__version__} on ministack {version('ministack')}"
        yield Running(Patient(environment.aws_endpoint_url), told)


@contextmanager
def _stock() -> Iterator[Running]:
    with stock_engine() as environment:
        yield Running(Patient(environment.aws_endpoint_url), f"ministack {version('ministack')}")


@contextmanager
def _moto() -> Iterator[Running]:
    with _moto_server() as url:
        yield Running(Patient(url), f"moto {version('moto')}")


@contextmanager
def _moto_behind_the_guard() -> Iterator[Running]:
    port = free_ports().aws
    with _moto_server() as url, tempfile.TemporaryDirectory() as folder:
        options = ["--upstream", url, "--port", str(port), "--guard", "--directory", folder]
        with _process([str(Path(sys.executable).with_name("rehearse")), "edge", *options], port):
            told = f"Rehearsal {__version__} (`rehearse edge --guard`) on moto {version('moto')}"
            yield Running(Patient(f"http://{LOOPBACK}:{port}"), told)


@contextmanager
def _moto_server() -> Iterator[str]:
    port = free_ports().aws
    with _process([sys.executable, "-P", "-m", "moto.server", "-H", LOOPBACK, "-p", str(port)], port):
        yield f"http://{LOOPBACK}:{port}"


@contextmanager
def _dynamodb_local() -> Iterator[Running]:
    if not (jar := os.environ.get(JAR)):
        with _dynamodb_local_container() as found:
            yield found
        return
    port, path = free_ports().aws, Path(jar).resolve()
    if not path.is_file() or shutil.which("java") is None:
        raise NotMeasured(f"{JAR} names {path}, and that needs to be a file, and Java to be installed")
    libraries = f"-Djava.library.path={path.with_name('DynamoDBLocal_lib')}"
    command = ["java", libraries, "-jar", str(path), "-inMemory", "-sharedDb", "-port", str(port)]
    with _process(command, port) as log:
        told = f"DynamoDB Local {_version_in(log.read_text(errors='replace'))}".rstrip()
        yield Running(Patient(f"http://{LOOPBACK}:{port}"), f"{told}, from a jar")


@contextmanager
def _dynamodb_local_container() -> Iterator[Running]:
    with _container(dynamodb_local()) as container:
        told = f"DynamoDB Local {_version_in(container.log())}".rstrip()
        yield Running(Patient(container.url), f"{told}, {container.image}")


@contextmanager
def _localstack() -> Iterator[Running]:
    with _container(localstack()) as container:
        health = httpx.get(f"{container.url}/_localstack/health", timeout=READY_WITHIN_S, trust_env=False).json()
        yield Running(Patient(container.url), f"LocalStack {health.get('version', '')}, {container.image}")


@contextmanager
def _container(recipe: Recipe) -> Iterator[Container]:
    # Entered by hand: what the block itself raises must not be taken for a container that does not come up.
    with ExitStack() as stack:
        try:
            container = stack.enter_context(running(recipe))
        except NoContainer as reason:
            raise NotMeasured(str(reason)) from None
        yield container


@contextmanager
def _docker_target() -> Iterator[Running]:
    with ExitStack() as stack:
        try:
            opened = open_environment("docker", instance=f"conformance-{os.getpid()}", progress=_tell)
            environment = stack.enter_context(opened)
        except RehearsalError as reason:
            raise NotMeasured(reason.headline) from None
        images = ", ".join(f"{service} {image}" for service, image in sorted(environment.images.items()))
        yield Running(Patient(environment.aws_endpoint_url), f"Rehearsal {__version__} on {images}")


def _tell(line: str) -> None:
    sys.stderr.write(f"  {line}\n")


def _version_in(log: str) -> str:
    found = re.search(r"Version:\s*(\S+)", log)
    return found[1] if found else ""


@contextmanager
def _given(name: str, url: str) -> Iterator[Running]:
    patient = Patient(url)
    try:
        patient.must_answer()
    except RehearsalError as problem:
        raise NotMeasured(problem.headline) from None
    yield Running(patient, f"{name} at an address that was given")


@contextmanager
def _process(command: Sequence[str], port: int) -> Iterator[Path]:
    """Run an engine until the block ends; give its log. Raises NotMeasured when it does not come up."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "engine.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT, cwd=folder
            )
        try:
            wait_until(command[0], lambda: process.poll() is not None or _answers(port), within_s=READY_WITHIN_S)
            if process.poll() is not None:
                last = (log.read_text(errors="replace").strip().splitlines() or ["without a word"])[-1]
                raise NotMeasured(f"it ended at once: {last}")
            yield log
        finally:
            process.terminate()
            try:
                process.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _answers(port: int) -> bool:
    return is_listening(port) and answers(f"http://{LOOPBACK}:{port}")
