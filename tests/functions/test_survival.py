"""Nothing outlives the process that owns the pool, whatever it is doing; and the pool outlives its zygote."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.waiting import wait_until
from tests.functions.conftest import Functions, is_alive

# In C code that holds the interpreter's lock, with a child process of the handler's own.
HANGS_IN_C = """
import os, pathlib, re, subprocess
def handler(event, context):
    child = subprocess.Popen(["sleep", "60"])
    os.makedirs({hangs!r})
    pathlib.Path({hangs!r}, str(child.pid)).touch()
    re.match("(a+)+b", "a" * 60)
"""
SLEEPS = HANGS_IN_C.replace('re.match("(a+)+b", "a" * 60)', "import time; time.sleep(60)")

Own = Callable[[str, str], tuple["subprocess.Popen[str]", list[int]]]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Own]:
    started: list[subprocess.Popen[str]] = []

    def start(method: str, source: str) -> tuple["subprocess.Popen[str]", list[int]]:
        work_dir = tmp_path / "pool"
        arguments = [str(work_dir), method, source.format(hangs=str(work_dir / "hangs"))]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.functions.owner", *arguments],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        started.append(process)
        assert process.stdout is not None
        return process, json.loads(process.stdout.readline())

    yield start
    for process in started:
        process.kill()
        process.communicate()


def none_is_left(pids: list[int]) -> Callable[[], bool]:
    return lambda: not any(is_alive(pid) for pid in pids)


@pytest.mark.parametrize("method", ["fork", "spawn"])
@pytest.mark.parametrize("source", [HANGS_IN_C, SLEEPS], ids=["hung in C", "asleep"])
def test_no_process_is_left_when_the_owner_is_killed(own: Own, method: str, source: str) -> None:
    process, pids = own(method, source)
    assert len(pids) == 4
    assert all(is_alive(pid) for pid in pids)

    process.kill()

    wait_until("all processes of the pool end", none_is_left(pids), within_s=5)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere a worker hung in C may outlive both")
def test_no_worker_is_left_when_owner_and_zygote_are_killed_together(own: Own) -> None:
    process, pids = own("fork", HANGS_IN_C)
    child_of_handler = pids.pop()

    os.kill(pids[0], signal.SIGSTOP)  # it can't act any more
    process.kill()
    os.kill(pids[0], signal.SIGKILL)

    wait_until("all workers end", none_is_left(pids), within_s=5)
    os.kill(child_of_handler, signal.SIGKILL)


def test_pool_goes_on_when_its_zygote_is_killed(own_functions: Callable[..., Functions]) -> None:
    functions = own_functions(method="fork")
    spec = functions.make("import os\ndef handler(event, context): return os.getpid()")
    first = functions.invoke(spec).payload
    assert isinstance(first, int)
    zygote = functions.pool._zygotes[""].pid
    assert zygote is not None

    os.kill(zygote, signal.SIGKILL)
    wait_until("its workers die with it", lambda: not is_alive(first), within_s=5)

    second = functions.invoke(spec)
    assert second.error is None
    assert second.payload != first
    assert functions.pool._zygotes[""].pid != zygote
