"""The load process: Locust with our locustfile, started, listened to, and ended well whatever happens.

It has a session of its own, so that Ctrl-C reaches the program alone, which then ends it in order. `Launch` and
`Ended` are also what a distributed run takes and gives.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from harness.errors import PortBusy
from loadtests.briefing import VARIABLE
from loadtests.settings import Settings

PROJECT = Path(__file__).resolve().parents[1]
LOCUSTFILE = Path(__file__).with_name("locustfile.py")
LOG_FILE = "locust.log"
LOOPBACK = "127.0.0.1"
TICK_S = 0.5
# Users finish their request within this; then Locust prints its tables and ends.
STOP_USERS_WITHIN_S = 5
END_WITHIN_S = 30.0
# A run that has not ended so long after its time hangs.
OVERTIME_S = 60.0
LOG_LINES_SHOWN = 15


@dataclass(frozen=True, slots=True)
class Launch:
    """What is to be started; `on_tick` is called about twice a second while it runs."""

    settings: Settings
    briefing_path: Path
    folder: Path
    cloud_environ: Mapping[str, str] = field(default_factory=dict)
    on_tick: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Ended:
    """How the load ended; `problems` are texts, any of which makes the verdict UNKNOWN."""

    code: int
    interrupted: bool = False
    problems: tuple[str, ...] = ()


def command(settings: Settings, *extra: str) -> list[str]:
    """Return the command of a load process; `extra` are more of Locust's options."""
    words = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--stop-timeout", str(STOP_USERS_WITHIN_S)]
    words += ["--only-summary", "--loglevel", "INFO"]
    if settings.web_port:
        words += ["--web-host", LOOPBACK, "--web-port", str(settings.web_port), "--autostart", "--autoquit", "0"]
    else:
        words += ["--headless"]
    return [*words, *extra]


def check_web_port(settings: Settings) -> None:
    """Raise PortBusy when the web UI's port can't be had: Locust would go on without its UI, and say so in its log."""
    if not settings.web_port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Locust does, so that a port just left is free
        try:
            probe.bind((LOOPBACK, settings.web_port))
        except OSError as problem:
            raise PortBusy(
                f"port {settings.web_port} of the web UI can't be had: {problem.strerror}",
                remedy="end what holds it, or name another: --web-port PORT",
            ) from problem


def environ(briefing_path: Path, cloud_environ: Mapping[str, str]) -> dict[str, str]:
    """Return a load process's environment: the caller's, the cloud's addresses, and the briefing."""
    return {
        **os.environ,
        **cloud_environ,
        VARIABLE: str(briefing_path),
        # It runs in the project's folder, but Locust's command does not look there for modules.
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
        "PYTHONUNBUFFERED": "1",
    }


def run(launch: Launch, words: list[str] | None = None) -> Ended:
    """Run the load in one process until it ends; Ctrl-C ends it early, and is told. `words`: another command for it."""
    log_path = launch.folder / LOG_FILE
    with log_path.open("wb") as log:
        process = subprocess.Popen(
            words or command(launch.settings),
            env=environ(launch.briefing_path, launch.cloud_environ),
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            interrupted, problems = _wait(process, launch)
        finally:
            end(process)
    if process.returncode and not interrupted:
        problems += (f"the load process ended with {process.returncode}: {last_lines(log_path)}",)
    return Ended(process.returncode, interrupted, problems)


def _wait(process: "subprocess.Popen[bytes]", launch: Launch) -> tuple[bool, tuple[str, ...]]:
    """Return whether somebody interrupted, and what went wrong."""
    until_s = time.monotonic() + launch.settings.duration_s + OVERTIME_S
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(TICK_S)
                return False, ()
            launch.on_tick()
            if time.monotonic() > until_s:
                return False, (f"the load had not ended {OVERTIME_S:.0f} s after its time and was stopped",)
    except KeyboardInterrupt:
        return True, ()


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a load process in order: its users stop, it writes what it measured; killed when it does not end."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            process.wait(END_WITHIN_S)
    if process.poll() is None:
        process.kill()
        process.wait()


def last_lines(path: Path) -> str:
    """Return the end of a log."""
    lines = path.read_text(errors="replace").splitlines()
    return "\n".join(lines[-LOG_LINES_SHOWN:]) or "it said nothing"
