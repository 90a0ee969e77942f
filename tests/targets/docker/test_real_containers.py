"""On a real engine, with the images that the variables choose: up twice, a killed container, a killed owner, Ctrl-C."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.targets.docker.images import CHOSEN_BY
from harness.targets.docker.project import SERVICES
from harness.targets.ports import is_listening
from harness.waiting import wait_until
from tests.targets.docker.test_compose_file import FILE, default_of

REHEARSE = str(Path(sys.executable).with_name("rehearse"))
NAME = "real-containers"
GONE_WITHIN_S = 60.0


def lacking() -> str:
    """Say why this machine can't run the containers, "" when it can."""
    if shutil.which("docker") is None:
        return "no program docker is on PATH"
    if subprocess.run(["docker", "version"], capture_output=True, check=False).returncode:
        return "no Docker engine answers"
    images = [os.environ.get(variable) or default_of(FILE["services"][service]["image"])
              for service, variable in CHOSEN_BY.items()]  # fmt: skip
    images.append(os.environ.get("PYTHON_IMAGE") or "python:3.13-slim")
    for image in images:
        if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode:
            return f"image {image} is not on this machine"
    return ""


@pytest.fixture(scope="module", autouse=True)
def _docker() -> None:
    why = lacking()
    if why:
        pytest.skip(why)


pytestmark = pytest.mark.slow


@pytest.fixture
def rehearse(tmp_path: Path) -> Iterator[Any]:
    environ = {**os.environ, "REHEARSAL_STATE_DIR": str(tmp_path / "state"), "REHEARSAL_INSTANCE": NAME}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [REHEARSE, *arguments], env=environ, capture_output=True, text=True, timeout=600, check=False
        )

    run.environ = environ  # type: ignore[attr-defined]
    yield run
    assert run("down", "--target", "docker").returncode == 0


def left() -> list[str]:
    """Everything that the engine still has of the environment."""
    chosen = ["--quiet", "--filter", f"label=com.docker.compose.project=rehearsal-{NAME}"]
    asked = (["ps", "--all"], ["network", "ls"], ["volume", "ls"])
    told = [subprocess.run(["docker", *one, *chosen], capture_output=True, text=True, check=True) for one in asked]
    return [line for one in told for line in one.stdout.split()]


def test_container_that_is_killed_is_named_and_nothing_stays(rehearse: Any) -> None:
    first, second = (rehearse("up", "--target", "docker", "--json") for _ in range(2))
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert (document["started"], json.loads(second.stdout)["started"]) == (True, False)
    assert set(document["images"]) == set(SERVICES)
    assert rehearse("status").returncode == 0

    there = json.loads(rehearse("status", "--json").stdout)["parts"]["dynamodb"]["container"]
    subprocess.run(["docker", "kill", there], capture_output=True, check=True)

    wait_until("the end of every container", lambda: not left(), within_s=GONE_WITHIN_S)
    status = rehearse("status")
    assert status.returncode == 1
    assert f"dynamodb of environment '{NAME}' was killed by SIGKILL" in status.stderr
    assert "rehearse up" in status.stderr
    assert rehearse("logs", "edge").stdout
    assert not is_listening(int(document["aws_endpoint_url"].rpartition(":")[2]))


def test_environment_ends_and_its_record_stays_when_its_owner_is_killed(rehearse: Any, tmp_path: Path) -> None:
    record = tmp_path / "calls.jsonl"
    program = (
        "import sys\nfrom pathlib import Path\nfrom harness.targets import open_environment\n"
        f"with open_environment('docker', instance={NAME!r}, calls_file=Path({str(record)!r})) as environment:\n"
        "    environment.client('sqs').list_queues()\n"
        "    print('up', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program], env=rehearse.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "up\n"
    wait_until("the record", lambda: record.exists() and "ListQueues" in record.read_text(), within_s=10)

    owner.kill()
    owner.communicate()

    wait_until("the end of every container", lambda: not left(), within_s=GONE_WITHIN_S)
    wait_until("the record's own file", lambda: not record.is_symlink() and record.exists(), within_s=10)
    assert "ListQueues" in record.read_text()


def test_nothing_is_left_when_up_is_interrupted(rehearse: Any) -> None:
    starting = subprocess.Popen(
        [REHEARSE, "up", "--target", "docker"], env=rehearse.environ, stderr=subprocess.PIPE, text=True
    )
    assert starting.stderr is not None
    for line in starting.stderr:
        if "starting" in line:
            break
    wait_until("the first container", left, within_s=60)

    starting.send_signal(signal.SIGINT)
    _, told = starting.communicate(timeout=120)

    assert starting.returncode == 130, told
    assert left() == []
