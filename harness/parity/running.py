"""Runs scenarios on one target after the other: pytest in a process of its own, told about while it runs.

Scenarios that need an environment of their own run apart from those that share one, as everywhere. Each run brings its
own environment up and takes it down; when this process is interrupted it hands that on and waits until all is gone.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from harness.errors import RehearsalError
from harness.parity.side import Round, Side, read_round
from harness.parity.watching import VARIABLE

POLL_S = 0.5
# Taking containers down may take that long; after it the processes are ended.
END_WITHIN_S = 120.0
LOG_TAIL_LINES = 20
NOTE_LENGTH_MAX = 100
# pytest's exit codes: all passed, some failed, none was chosen. Others mean that it did not come so far.
_RAN = (0, 1)
_NONE_CHOSEN = 5


class RunFailed(RehearsalError):
    """pytest could not run the scenarios at all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to run, the same on every target. `only` is pytest's -k, "" for all; `rounds` how often on each."""

    scenarios: tuple[str, ...]
    seed: int
    gateway: str = "plain"
    only: str = ""
    workers: int = 2
    trust: str = "probe"
    rounds: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is; `tests` is 0 until that is known."""

    label: str
    ended: int
    tests: int
    failed: int
    took_s: float
    is_over: bool = False
    note: str = ""

    def __str__(self) -> str:
        """Return it in one line; before the first scenario has ended, with what its target says of itself."""
        of = f"{self.ended} of {self.tests} scenarios" if self.tests else "starting"
        of = f"{of} ({self.note})" if self.note and not self.ended else of
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.label}: {of}{failed}, {self.took_s:.0f} s"


Told = Callable[[Progress], None]


def run_side(target: str, wanted: Wanted, folder: Path, told: Told) -> Side:
    """Run everything on one target, or on a running environment of it (`staging@NAME`); raises RunFailed.

    What runs leave goes below `folder`.
    """
    rounds = []
    with _terminated_as_interrupted():
        for number in range(1, wanted.rounds + 1):
            label = f"{target}, round {number} of {wanted.rounds}" if wanted.rounds > 1 else target
            rounds.append(_run_round(target, wanted, folder / f"{target}-{number}", label, told))
    return Side(target, tuple(rounds))


def _run_round(target: str, wanted: Wanted, folder: Path, label: str, told: Told) -> Round:
    folder.mkdir(parents=True, exist_ok=True)
    shared = ("-n", str(wanted.workers), "--dist", "worksteal") if wanted.workers > 1 else ()
    chosen = 0
    for name, marks, options in (("shared", "not alone", shared), ("alone", "alone", ())):
        command = [*_command(target, wanted, folder), "-m", marks, *options]
        chosen += _run(command, folder / name, f"{label} ({name} environment)", told)
    if not chosen:
        raise RunFailed(f"no scenario was chosen for {target} by: {' '.join((*wanted.scenarios, wanted.only))}")
    return read_round(folder)


def _command(target: str, wanted: Wanted, folder: Path) -> list[str]:
    name, _, instance = target.partition("@")
    return [
        *(sys.executable, "-m", "pytest", *wanted.scenarios, "-q", "-p", "harness.parity.watching"),
        *("--rehearsal-target", name, "--rehearsal-seed", str(wanted.seed)),
        *("--rehearsal-gateway", wanted.gateway, "--rehearsal-trust", wanted.trust),
        *("--rehearsal-artifacts", str(folder.resolve())),
        *(("--rehearsal-instance", instance) if instance else ()),
        *(("-k", wanted.only) if wanted.only else ()),
    ]


def _run(command: list[str], stem: Path, label: str, told: Told) -> bool:
    """Run pytest once and return whether there was anything to run; raises RunFailed."""
    progress, log = stem.with_suffix(".progress"), stem.with_suffix(".log")
    started_s = time.monotonic()
    with log.open("wb") as output, _process(command, output.fileno(), {VARIABLE: str(progress)}) as process:
        while process.poll() is None:
            now = _progress(progress, label, time.monotonic() - started_s)
            told(now if now.ended else replace(now, note=_last_line(log)))
            _wait(process)
    at_end = replace(_progress(progress, label, time.monotonic() - started_s), is_over=True)
    progress.unlink(missing_ok=True)
    if process.returncode not in (*_RAN, _NONE_CHOSEN):
        tail = log.read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:]
        raise RunFailed(
            f"scenarios on {label} ended with pytest's exit code {process.returncode}, expected 0 or 1",
            evidence={"log": "\n".join(tail), "read": log},
        )
    if process.returncode == _NONE_CHOSEN:
        return False
    told(at_end)
    return True


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Let SIGTERM end what runs as Ctrl-C does: CI stops its jobs that way, and containers must not stay behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may have a say in signals
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _process(command: list[str], output: int, environ: Mapping[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Give the running process; however the block is left, nothing of it runs on."""
    process = subprocess.Popen(
        command, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **environ}, start_new_session=True
    )
    try:
        yield process
    finally:
        # Interrupted first: pytest then takes its environment down, as it does on Ctrl-C.
        for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            if process.poll() is None:
                _end(process, signal_number)


def _end(process: "subprocess.Popen[bytes]", signal_number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, signal_number)
        process.wait(END_WITHIN_S)
    except (ProcessLookupError, subprocess.TimeoutExpired, KeyboardInterrupt):
        return  # Ctrl-C once more means: faster


def _wait(process: "subprocess.Popen[bytes]") -> None:
    try:
        process.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return


def _last_line(log: Path) -> str:
    """Return the last whole line of a log; bringing an environment up tells its progress there."""
    lines = [line.strip() for line in log.read_text(errors="replace").rpartition("\n")[0].splitlines()]
    return next((line for line in reversed(lines) if line), "")[:NOTE_LENGTH_MAX]


def _progress(path: Path, label: str, took_s: float) -> Progress:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True) if path.exists() else []
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    return Progress(
        label,
        ended=sum("ended" in one for one in told),
        tests=max((one.get("tests", 0) for one in told), default=0),
        failed=len({one["failed"] for one in told if "failed" in one}),
        took_s=took_s,
    )
