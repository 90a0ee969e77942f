"""Whole environments: up, twice up, down, busy ports, and nothing left after any part is killed."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.targets.ports import is_listening
from harness.waiting import wait_until

pytestmark = pytest.mark.slow

REHEARSE = str(Path(sys.executable).with_name("rehearse"))
GONE_WITHIN_S = 15.0


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def rehearse(state: Path) -> Iterator[Any]:
    environ = {**os.environ, "REHEARSAL_STATE_DIR": str(state), "REHEARSAL_INSTANCE": "lifecycle"}

    def run(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [REHEARSE, *arguments], env=environ, capture_output=True, text=True, timeout=90, check=False, **options
        )

    run.environ = environ  # type: ignore[attr-defined]
    yield run
    run("down")


def up(rehearse: Any) -> dict[str, Any]:
    answer = rehearse("up", "--json")
    assert answer.returncode == 0, answer.stderr
    document: dict[str, Any] = json.loads(answer.stdout)
    return document


def ports_of(document: dict[str, Any]) -> list[int]:
    urls = (document["aws_endpoint_url"], document["gateway_url"], *document["api_urls"].values())
    return [int(url.rpartition(":")[2]) for url in urls]


def family(state: Path) -> list[psutil.Process]:
    """Every process that was started for an environment below `state`."""
    mark = str(state)
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and (
                mark in " ".join(process.cmdline()) or mark in process.environ().get("REHEARSAL_STATE_DIR", "")
            ):
                found.append(process)
    return [process for process in found if process.pid != os.getpid()]


def assert_nothing_left(state: Path, ports: list[int], *, record: bool = False) -> None:
    wait_until("the end of every process", lambda: not family(state), within_s=GONE_WITHIN_S)
    assert [port for port in ports if is_listening(port)] == []
    left = [path.name for path in (state / "lifecycle").rglob("*")] if (state / "lifecycle").exists() else []
    assert left == (["state.json"] if record else [])


def test_environment_is_one_when_up_comes_twice_and_none_after_down(rehearse: Any, state: Path) -> None:
    first, second = up(rehearse), up(rehearse)

    assert (first["started"], second["started"]) == (True, False)
    assert first["aws_endpoint_url"] == second["aws_endpoint_url"]
    assert rehearse("status").returncode == 0
    assert all(is_listening(port) for port in ports_of(first))

    assert rehearse("down").returncode == 0
    assert rehearse("status").returncode == 1
    assert_nothing_left(state, ports_of(first))


@pytest.mark.parametrize("part", ["cloud", "gateway", "supervisor"])
def test_nothing_is_left_and_the_part_is_named_when_it_is_killed(rehearse: Any, state: Path, part: str) -> None:
    document = up(rehearse)
    pids = json.loads((state / "lifecycle" / "state.json").read_text())
    pid = pids["supervisor"]["pid"] if part == "supervisor" else pids["parts"][part]["pid"]

    os.kill(pid, signal.SIGKILL)

    wait_until("the end of every process", lambda: not family(state), within_s=GONE_WITHIN_S)
    status = rehearse("status")
    assert status.returncode == 1
    assert f"{part} of environment 'lifecycle'" in status.stderr
    assert "rehearse up" in status.stderr
    assert_nothing_left(state, ports_of(document), record=True)
    assert up(rehearse)["started"]


def test_nothing_is_left_when_all_parts_are_killed_at_once(rehearse: Any, state: Path) -> None:
    document = up(rehearse)
    for process in family(state):
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()

    wait_until("the end of every process", lambda: not family(state), within_s=GONE_WITHIN_S)
    assert "supervisor" in rehearse("status").stderr
    rehearse("down")
    assert_nothing_left(state, ports_of(document))


def test_busy_port_is_named_when_the_default_instance_comes_up(rehearse: Any, state: Path) -> None:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # somebody else holds it: as good
            holder.bind(("127.0.0.1", 4566))
            holder.listen()
        answer = rehearse("up", "--instance", "default")

    assert answer.returncode == 2
    assert "port 4566 (AWS) is held by" in answer.stderr
    assert not (state / "default").exists()


def test_environment_ends_when_the_program_that_owns_it_is_killed(rehearse: Any, state: Path) -> None:
    program = (
        "import sys, time\n"
        "from harness.targets import open_environment\n"
        "with open_environment(instance='lifecycle') as environment:\n"
        "    print(environment.aws_endpoint_url, environment.gateway_url, *environment.api_urls.values(), flush=True)\n"
        "    sys.stdin.read()\n"
    )
    owner = subprocess.Popen(
        [sys.executable, "-c", program],
        env=rehearse.environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert owner.stdout is not None
    ports = [int(url.rpartition(":")[2]) for url in owner.stdout.readline().split()]
    assert len(ports) == 4

    owner.kill()
    owner.communicate()

    wait_until("the end of every process", lambda: not family(state), within_s=GONE_WITHIN_S)
    assert [port for port in ports if is_listening(port)] == []


def test_nothing_is_left_when_up_is_interrupted(rehearse: Any, state: Path) -> None:
    starting = subprocess.Popen([REHEARSE, "up"], env=rehearse.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until("the supervisor's start", (state / "lifecycle" / "state.json").exists, within_s=30)

    starting.send_signal(signal.SIGINT)
    starting.communicate(timeout=30)

    assert starting.returncode == 130
    assert_nothing_left(state, [])
