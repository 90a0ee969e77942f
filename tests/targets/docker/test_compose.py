"""Compose is called, bounded, and ended with all that it started."""

from pathlib import Path

import pytest

from harness.errors import EnvironmentNotReady
from harness.targets.docker import compose
from harness.targets.docker.compose import Compose
from harness.targets.instance import is_alive, process_mark
from harness.waiting import wait_until

# A program that starts another one and waits for it, as `docker` does for `docker compose`.
STARTS_ANOTHER = 'sleep 60 >/dev/null 2>&1 & echo $! > "$PID_FILE"; wait'


def test_what_compose_started_ends_too_when_it_takes_too_long(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(compose, "START_WITHIN_S", 0.5)
    pid_file = tmp_path / "pid"
    file = tmp_path / "docker-compose.yml"
    asked = Compose(("sh", "-c", STARTS_ANOTHER), "tried", file, {"PID_FILE": str(pid_file)}, tmp_path / "log")

    with pytest.raises(EnvironmentNotReady, match="up within"):
        asked.start(["edge"])

    pid = int(pid_file.read_text())
    wait_until("the end of the other program", lambda: not is_alive(process_mark(pid)), within_s=5.0)
