"""The folder of one environment: its state file, its logs, and what is left of it after a crash.

    <state root>/<instance>/state.json     who runs, where, since when; or which part died and how
                            logs/<part>.log
                            work/            files of the running parts (functions' code, databases)

The folder exists only while the environment runs. After a crash it holds nothing but `state.json`, which tells the
last lines of the dead part's log until the next `up` or `down`.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import Any, TextIO

import psutil

from harness.config import state_root

LOG_TAIL_LINES = 20


class Instance:
    """The folder of the environment `name`; the folder itself may not exist."""

    def __init__(self, name: str, directory: Path | None = None) -> None:
        self.name = name
        self.directory = directory or state_root() / name
        self.state_file = self.directory / "state.json"
        self.logs = self.directory / "logs"
        self.work = self.directory / "work"

    def create(self) -> None:
        """Make the folder, empty."""
        self.remove()
        self.logs.mkdir(parents=True, mode=0o700)
        self.work.mkdir(mode=0o700)

    def remove(self) -> None:
        """Remove the folder and all in it."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_file(self, part: str) -> Path:
        """Return where the output of `part` goes."""
        return self.logs / f"{part}.log"

    def log_tail(self, part: str, lines_max: int = LOG_TAIL_LINES) -> list[str]:
        """Return the last lines of a part's log, none when there is no log."""
        try:
            text = self.log_file(part).read_text(errors="replace")
        except OSError:
            return []
        return text.splitlines()[-lines_max:]

    def write_state(self, state: dict[str, Any]) -> None:
        """Replace the state file in one step."""
        self.directory.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=self.directory, delete=False) as draft:
            json.dump(state, draft, indent=2)
        Path(draft.name).replace(self.state_file)

    def read_state(self) -> dict[str, Any] | None:
        """Return what the state file holds; None when there is none or it is unreadable."""
        try:
            state = json.loads(self.state_file.read_text())
        except (OSError, ValueError):
            return None
        return state if isinstance(state, dict) else None

    def bury(self, part: str, how: str) -> None:
        """Remove everything but a record that `part` died, `how`, and its last log lines."""
        target = (self.read_state() or {}).get("target", "embedded")
        record = {"target": target, "state": "dead", "part": part, "how": how, "log": self.log_tail(part)}
        self.remove()
        self.write_state(record)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let one process at a time start or stop this environment; the lock's file goes with the lock."""
        self.directory.parent.mkdir(parents=True, exist_ok=True)
        path = self.directory.parent / f".{self.name}.lock"
        while True:
            with path.open("w") as lock:
                flock(lock, LOCK_EX)
                if not _is_at(lock, path):  # whoever had it before removed the file: lock the one that is there now
                    continue
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def process_mark(pid: int) -> dict[str, float]:
    """Return what tells the process `pid` from a later one with the same number."""
    try:
        return {"pid": pid, "started_at_s": psutil.Process(pid).create_time()}
    except psutil.NoSuchProcess:
        return {"pid": pid, "started_at_s": 0.0}


def is_alive(mark: dict[str, Any] | None) -> bool:
    """Return whether the process that `process_mark` described still runs."""
    if not mark:
        return False
    try:
        process = psutil.Process(int(mark["pid"]))
        return (
            abs(process.create_time() - float(mark["started_at_s"])) < 1.0 and process.status() != psutil.STATUS_ZOMBIE
        )
    except psutil.NoSuchProcess:
        return False


def kill_group(pid: int, signal_number: int) -> None:
    """Signal the process group that `pid` leads; nothing happens when it is gone."""
    try:
        os.killpg(pid, signal_number)
    except (ProcessLookupError, PermissionError):
        return
