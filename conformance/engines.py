"""The engines: how each is started and stopped, and what its version is.

Nothing is downloaded: DynamoDB Local runs from a jar of the user's (DYNAMODB_LOCAL_JAR) or from its official image when
Docker is there; other endpoints are given as NAME=URL.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from benchmarks.stock import stock_engine
from harness import __version__
from harness.doctor import Patient
from harness.errors import RehearsalError
from harness.targets import open_environment
from harness.targets.ports import LOOPBACK, free_ports, is_listening
from harness.waiting import wait_until

READY_WITHIN_S = 60.0
STOPS_WITHIN_S = 5.0
JAR = "DYNAMODB_LOCAL_JAR"
IMAGE = "amazon/dynamodb-local"


class NotMeasured(RehearsalError):
    """An engine can't run here."""


@dataclass(frozen=True, slots=True)
class Running:
    """An engine that runs: who to examine, and what version it says it is."""

    patient: Patient
    version: str


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine by the name of its column."""

    name: str
    start: Callable[[], AbstractContextManager[Running]]


def engines(given: Sequence[tuple[str, str]]) -> list[Engine]:
    """Return all engines, and the endpoints that were given as (name, URL)."""
    names = {name.lower() for name, _ in given}
    known = [
        Engine("Rehearsal, embedded", _embedded),
        Engine("ministack, stock", _stock),
        Engine("moto server", _moto),
        Engine("moto behind the guard", _moto_behind_the_guard),
        Engine("DynamoDB Local", _dynamodb_local),
        Engine("LocalStack", _localstack),
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
    port = free_ports().aws
    if jar := os.environ.get(JAR):
        path = Path(jar).resolve()
        if not path.is_file() or shutil.which("java") is None:
            raise NotMeasured(f"{JAR} names {path}, and that needs to be a file, and Java to be installed")
        libraries = f"-Djava.library.path={path.with_name('DynamoDBLocal_lib')}"
        command = ["java", libraries, "-jar", str(path), "-inMemory", "-sharedDb", "-port", str(port)]
    elif _docker_answers():
        command = ["docker", "run", "--rm", "--publish", f"{LOOPBACK}:{port}:8000", IMAGE]
    else:
        raise NotMeasured(f"{JAR} names no jar, and no Docker engine answers")
    with _process(command, port) as log:
        found = re.search(r"Version:\s*(\S+)", log.read_text(errors="replace"))
        yield Running(Patient(f"http://{LOOPBACK}:{port}"), f"DynamoDB Local {found[1] if found else ''}".rstrip())


@contextmanager
def _localstack() -> Iterator[Running]:
    raise NotMeasured("no address of one was given: --engine LocalStack=http://127.0.0.1:4566")
    yield


@contextmanager
def _given(name: str, url: str) -> Iterator[Running]:
    patient = Patient(url)
    try:
        patient.must_answer()
    except RehearsalError as problem:
        raise NotMeasured(problem.headline) from None
    yield Running(patient, f"{name} at an address that was given")


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "info"], capture_output=True, check=False, timeout=20).returncode == 0


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
    """Tell whether HTTP is spoken there; any answer will do."""
    if not is_listening(port):
        return False
    try:
        urllib.request.urlopen(f"http://{LOOPBACK}:{port}/", timeout=5).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True
