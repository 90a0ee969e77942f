"""The folder of an environment: written in one step, buried after a crash."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from harness.targets.instance import Instance, is_alive, process_mark


def test_burial_keeps_only_the_record_when_a_part_died(tmp_path: Path) -> None:
    instance = Instance("x", tmp_path / "x")
    instance.create()
    instance.log_file("cloud").write_text("\n".join(f"line {number}" for number in range(100)))

    instance.bury("cloud", "killed by SIGKILL")

    assert [path.name for path in instance.directory.iterdir()] == ["state.json"]
    state = instance.read_state()
    assert state is not None
    assert (state["state"], state["part"], state["how"]) == ("dead", "cloud", "killed by SIGKILL")
    assert state["log"][-1] == "line 99"
    assert len(state["log"]) == 20


def test_state_is_none_when_missing_or_broken(tmp_path: Path) -> None:
    instance = Instance("x", tmp_path / "x")
    assert instance.read_state() is None
    instance.create()
    instance.state_file.write_text("{half")
    assert instance.read_state() is None


def test_process_is_told_from_a_later_one_with_its_number() -> None:
    mark = process_mark(os.getpid())

    assert is_alive(mark)
    assert not is_alive({**mark, "started_at_s": mark["started_at_s"] - 100})
    assert not is_alive(None)


def test_process_is_not_alive_when_it_ended() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    mark = process_mark(process.pid)
    process.wait()

    assert not is_alive(mark)


def test_one_holds_the_lock_at_a_time_and_no_file_stays_when_many_want_it(tmp_path: Path) -> None:
    inside, most = 0, 0
    counting = threading.Lock()

    def hold(_: int) -> None:
        nonlocal inside, most
        with Instance("x", tmp_path / "x").locked():
            with counting:
                inside += 1
                most = max(most, inside)
            os.sched_yield()
            with counting:
                inside -= 1

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(hold, range(200)))

    assert most == 1
    assert list(tmp_path.iterdir()) == []
