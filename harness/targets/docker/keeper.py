"""The process beside an environment of containers: takes it down with its owner, and buries it when a container dies.

Containers outlive whoever started them, and the engine tells nobody of their end. The keeper listens to the engine's
events. Until `up` says that the environment stands by itself, standard input is a lifeline: at its end, even by
kill -9 of the parent, everything is removed.
"""

import argparse
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import psutil

from harness.config import INSTANCE_DEFAULT
from harness.errors import RehearsalError
from harness.targets.docker.engine import labelled, lines_from
from harness.targets.docker.project import SERVICES, project_of
from harness.targets.instance import Instance

STANDS = b"stands"
HEARD_AGAIN_AFTER_S = 1.0
OWNER_GONE, DIED, ENGINE_GONE = "owner gone", "died", "engine gone"


def launch(instance: Instance) -> "subprocess.Popen[bytes]":
    """Start the keeper of an environment; its standard input is the lifeline."""
    command = [sys.executable, "-P", "-m", "harness.targets.docker.keeper", "--instance", instance.name]
    with instance.log_file("keeper").open("ab") as log:
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True)


def let_stand(keeper: "subprocess.Popen[bytes]") -> None:
    """Tell the keeper that the environment is to outlive this process."""
    assert keeper.stdin is not None  # noqa: S101 - `launch` made it
    keeper.stdin.write(STANDS)
    keeper.stdin.close()


class Keeper:
    """Waits for the first reason to end the environment `name`, and ends it."""

    def __init__(self, name: str, bury: Callable[[str], bool], down: Callable[[str], bool]) -> None:
        self._name = name
        self._bury = bury
        self._down = down
        self._reasons: queue.SimpleQueue[str] = queue.SimpleQueue()

    def run(self) -> int:
        """Keep the environment until it ends; return the exit code."""
        for watch in (self._hold_lifeline, self._hear_engine):
            threading.Thread(target=watch, daemon=True).start()
        while True:
            reason = self._reasons.get()
            try:
                if reason == OWNER_GONE:
                    self._down(self._name)
                    return 0
                if self._bury(self._name):
                    return 1
            except RehearsalError as problem:  # told in the log; whoever asks for the status hears it again
                sys.stderr.write(f"{problem}\n")
                return problem.exit_code

    def _hold_lifeline(self) -> None:
        told = b""
        while chunk := os.read(sys.stdin.fileno(), 4096):
            told += chunk
        if told != STANDS:
            self._reasons.put(OWNER_GONE)

    def _hear_engine(self) -> None:
        since = str(int(datetime.now(UTC).timestamp()))
        while True:
            events = lines_from(
                *("events", "--since", since, "--format", "{{json .}}"),
                *("--filter", "type=container", "--filter", "event=die", "--filter", "event=health_status"),
                *labelled(project_of(self._name)),
            )
            for line in events:
                service = _service_of(line)
                if service in SERVICES:
                    self._reasons.put(DIED)
            self._reasons.put(ENGINE_GONE)
            time.sleep(HEARD_AGAIN_AFTER_S)


def _service_of(line: str) -> str:
    try:
        attributes = json.loads(line)["Actor"]["Attributes"]
    except (ValueError, KeyError, TypeError):  # what the program says when the engine goes
        sys.stderr.write(f"{line}\n")
        return ""
    return str(attributes.get("com.docker.compose.service", ""))


def main() -> int:
    """Run the keeper from the command line; `rehearse up --target docker` does."""
    from harness.targets.docker import lifecycle

    parser = argparse.ArgumentParser(prog="rehearsal-keeper")
    parser.add_argument("--instance", default=INSTANCE_DEFAULT)
    name = parser.parse_args().instance
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return Keeper(name, lifecycle.bury, lifecycle.down).run()
    finally:
        _end_listening()


def _end_listening() -> None:
    """End what this process has started: whoever listens to the engine's events would do so for ever."""
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.kill()


if __name__ == "__main__":
    raise SystemExit(main())
