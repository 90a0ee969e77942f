"""The process above the parts of an embedded environment: starts them, watches them, and ends them all together.

It ends on SIGTERM or SIGINT, when a part dies, and (with `--stop-with-parent`) when its own parent is gone. In every
case no process, port or file is left; after a death `state.json` says which part died and shows its last log lines.
"""

import argparse
import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from harness.targets.embedded.parts import Part, parts_of
from harness.targets.instance import Instance, kill_group, process_mark
from harness.targets.lifeline import on_parent_gone
from harness.targets.ports import Ports

READY_WITHIN_S = 60.0
STOP_WITHIN_S = 5.0
_HEALTH_EVERY_S = 0.03


class Supervisor:
    """Runs the parts of one environment until the first reason to stop."""

    def __init__(self, instance: Instance, ports: Ports, region: str, calls_file: Path | None = None) -> None:
        self._instance = instance
        self._parts = parts_of(instance, ports, region, calls_file)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._reasons: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._state: dict[str, object] = {
            "target": "embedded",
            "state": "starting",
            "supervisor": process_mark(os.getpid()),
            "started_at": datetime.now(UTC).isoformat(),
            "ports": ports.to_json(),
            "region": region,
            "parts": {},
        }

    def run(self) -> int:
        """Start everything, wait for a reason to stop, stop everything; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda received, _: self._reasons.put(("", signal.Signals(received).name)))
        self._instance.write_state(self._state)
        for part in self._parts:
            self._start(part)
        threading.Thread(target=self._await_ready, daemon=True).start()
        part_name, how = self._reasons.get()
        self._stop_all()
        if not part_name:
            self._instance.remove()
            return 0
        self._instance.bury(part_name, how)
        return 1

    def stop_with_parent(self) -> None:
        """Also stop once standard input ends."""
        on_parent_gone(lambda: self._reasons.put(("", "the parent process is gone")))

    def _start(self, part: Part) -> None:
        with self._instance.log_file(part.name).open("ab") as log:
            process = subprocess.Popen(
                part.command, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        self._running[part.name] = process
        threading.Thread(target=self._watch, args=(part.name, process), daemon=True).start()
        self._note(part.name, "starting", process.pid)

    def _watch(self, name: str, process: "subprocess.Popen[bytes]") -> None:
        code = process.wait()
        how = f"killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        self._reasons.put((name, how))

    def _await_ready(self) -> None:
        deadline = threading.Event()
        timer = threading.Timer(READY_WITHIN_S, deadline.set)
        timer.daemon = True
        timer.start()
        for part in self._parts:
            while not _answers(part.health_url):
                if deadline.wait(_HEALTH_EVERY_S):
                    self._reasons.put((part.name, f"not ready within {READY_WITHIN_S:.0f} s"))
                    return
            self._note(part.name, "ready", self._running[part.name].pid)
        timer.cancel()
        self._state["state"] = "ready"
        self._instance.write_state(self._state)

    def _note(self, name: str, state: str, pid: int) -> None:
        parts = self._state["parts"]
        assert isinstance(parts, dict)  # noqa: S101 - tells the type checker what the constructor made
        parts[name] = {"state": state, **process_mark(pid)}
        self._instance.write_state(self._state)

    def _stop_all(self) -> None:
        for process in self._running.values():
            kill_group(process.pid, signal.SIGTERM)
        for process in self._running.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_WITHIN_S)
            # Also what the part left behind in its group: a hung worker does not hear SIGTERM.
            kill_group(process.pid, signal.SIGKILL)
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2.0) as answer:  # noqa: S310 - a loopback address of ours
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def main() -> int:
    """Run the supervisor from the command line; `rehearse up` does."""
    parser = argparse.ArgumentParser(prog="rehearsal-supervisor")
    parser.add_argument("--instance", required=True)
    parser.add_argument("--directory", required=True, type=Path)
    parser.add_argument("--region", required=True)
    parser.add_argument("--ports", required=True, help="the ports as JSON: aws, gateway, apis")
    parser.add_argument("--stop-with-parent", action="store_true")
    parser.add_argument("--calls-file", type=Path, help="where the record of calls goes, else among the logs")
    options = parser.parse_args()
    instance = Instance(options.instance, options.directory)
    ports = Ports(**json.loads(options.ports))
    supervisor = Supervisor(instance, ports, options.region, options.calls_file)
    if options.stop_with_parent:
        supervisor.stop_with_parent()
    return supervisor.run()


if __name__ == "__main__":
    raise SystemExit(main())
