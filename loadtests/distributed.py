"""A run on several processes of this machine: Locust's master, its workers, and one verdict for all of them.

Each worker keeps all that it measured and writes it when it ends; the sum is the run's measures. (What workers report
to the master every three seconds serves progress, the web UI and the spend's watch; Locust does not wait for the last
of these reports.) A worker that dies takes its figures along, so then the run ends and its verdict is UNKNOWN.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from loadtests import process
from loadtests.briefing import WORKER_VARIABLE
from loadtests.measures import PROCESS, Measures
from loadtests.process import Ended, Launch
from loadtests.recording import MEASURES_FILE, REPORT_KEY

LOOPBACK = "127.0.0.1"
CONNECT_WITHIN_S = 60
# Workers that were told to quit let their users finish, and write.
WORKERS_END_WITHIN_S = process.STOP_USERS_WITHIN_S + 25.0
# A worker may end this much before its master, when both end in order.
ENDS_EARLIER_S = 10.0


@dataclass(slots=True)
class Part:
    """One process of the run: the master ("master") or a worker, by its number."""

    name: str
    process: "subprocess.Popen[bytes]"
    log_path: Path
    gone_since_s: float = 0.0

    def words(self) -> str:
        """Return how it ended, for people."""
        code = self.process.returncode
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        who = self.name if self.name == "master" else f"worker {self.name}"
        return f"{who} (pid {self.process.pid}) {how}: {process.last_lines(self.log_path)}"


def run(launch: Launch) -> Ended:
    """Run the load on a master and `workers` processes; Ctrl-C ends it early, and is told."""
    workers = launch.settings.workers
    for number in range(workers):
        measures_path(launch.folder, str(number)).unlink(missing_ok=True)
    with _started(launch) as (master, others):
        interrupted, problems = _wait(launch, master, others)
        _end(master, others)
    if master.process.returncode and not interrupted and not problems:
        problems += (master.words(),)
    problems += gather(launch.folder, [part.name for part in others])
    return Ended(master.process.returncode, interrupted, problems)


@contextmanager
def _started(launch: Launch) -> Iterator[tuple[Part, list[Part]]]:
    """Start all processes, and leave none of them behind."""
    parts: list[Part] = []
    port = _free_port()
    try:
        parts.append(_start(launch, "master", master_command(launch, port)))
        parts.extend(_start(launch, str(n), worker_command(port)) for n in range(launch.settings.workers))
        yield parts[0], parts[1:]
    finally:
        for part in parts:
            if part.process.poll() is None:
                part.process.kill()
            part.process.wait()


def _start(launch: Launch, name: str, command: list[str]) -> Part:
    environ = process.environ(launch.briefing_path, launch.cloud_environ)
    environ.pop(WORKER_VARIABLE, None)
    if name != "master":
        environ[WORKER_VARIABLE] = name
    path = launch.folder / (process.LOG_FILE if name == "master" else f"worker-{name}.log")
    log: IO[bytes]
    with path.open("wb") as log:
        started = subprocess.Popen(
            command,
            env=environ,
            cwd=process.PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Part(name, started, path)


def master_command(launch: Launch, port: int) -> list[str]:
    """Return the command of Locust's master, which waits for its workers at a port of this machine."""
    address = ("--master-bind-host", LOOPBACK, "--master-bind-port", str(port))
    expected = ("--expect-workers", str(launch.settings.workers), "--expect-workers-max-wait", str(CONNECT_WITHIN_S))
    return process.command(launch.settings, "--master", *address, *expected)


def worker_command(port: int) -> list[str]:
    """Return the command of a worker of the master at `port`."""
    words = [sys.executable, "-m", "locust", "-f", str(process.LOCUSTFILE), "--worker", "--loglevel", "INFO"]
    return [*words, "--master-host", LOOPBACK, "--master-port", str(port)]


def _wait(launch: Launch, master: Part, workers: list[Part]) -> tuple[bool, tuple[str, ...]]:
    """Return whether somebody interrupted, and what went wrong."""
    until_s = time.monotonic() + CONNECT_WITHIN_S + launch.settings.duration_s + process.OVERTIME_S
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                master.process.wait(process.TICK_S)
                return False, ()
            launch.on_tick()
            if lost := _lost(workers, time.monotonic()):
                return False, tuple(part.words() for part in lost)
            if time.monotonic() > until_s:
                return False, (f"the load had not ended {process.OVERTIME_S:.0f} s after its time and was stopped",)
    except KeyboardInterrupt:
        return True, ()


def _lost(workers: list[Part], now_s: float) -> list[Part]:
    """Return the workers that are gone although their master goes on."""
    for part in workers:
        if part.process.poll() is not None and not part.gone_since_s:
            part.gone_since_s = now_s
    gone = [part for part in workers if part.gone_since_s]
    return [part for part in gone if part.process.returncode < 0 or now_s - part.gone_since_s > ENDS_EARLIER_S]


def _end(master: Part, workers: list[Part]) -> None:
    """End what still runs, the master first: it tells its workers to quit."""
    process.end(master.process)
    until_s = time.monotonic() + WORKERS_END_WITHIN_S
    for part in workers:
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            part.process.wait(max(0.0, until_s - time.monotonic()))
        process.end(part.process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


# -- what workers keep, and what becomes of it


def measures_path(folder: Path, worker: str) -> Path:
    """Return the file in which a worker leaves what it measured."""
    return folder / f"worker-{worker}.json"


def keep(environment: Any, folder: Path, measures: Measures) -> None:
    """In a worker: keep what is reported to the master, and write all of it when the process ends."""
    kept, path = Measures(), measures_path(folder, os.environ[WORKER_VARIABLE])

    def reported(data: dict[str, Any], **_: Any) -> None:
        if REPORT_KEY in data:
            kept.add_document(data[REPORT_KEY])

    def ends(**_: Any) -> None:
        kept.add_document(measures.drain())
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(kept.as_document()))
        partial.replace(path)

    # Listeners are called in their order: the recorder's, which puts the report in, was there before.
    environment.events.report_to_master.add_listener(reported)
    environment.events.quit.add_listener(ends)


def gather(folder: Path, workers: list[str]) -> tuple[str, ...]:
    """Write the sum of what all workers measured as the run's measures; return what is missing, as problems."""
    total, missing = Measures(), []
    for worker in workers:
        path = measures_path(folder, worker)
        if path.is_file():
            total.add_document(json.loads(path.read_text()))
        else:
            missing.append(worker)
    whole = folder / MEASURES_FILE
    if whole.is_file():
        _add_masters_own(total, json.loads(whole.read_text()), set(workers))
    whole.write_text(json.dumps(total.as_document()))
    lost = ", ".join(missing)
    return (f"what worker {lost} measured is lost: {len(missing)} of {len(workers)} workers",) if missing else ()


def _add_masters_own(total: Measures, master: dict[str, Any], workers: set[str]) -> None:
    """Add what the master alone knows: its CPU, and why it ended the run."""
    for _, kind, name, figure, value in master["figures"]:
        if kind == PROCESS and name not in workers:
            total.add_figure(kind, name, figure, value)
    known = dict.fromkeys([*total.stop_reasons, *master.get("stop_reasons", ())])
    total.stop_reasons[:] = known
