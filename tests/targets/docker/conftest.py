"""A docker target on a `docker` program of the tests' own: no engine is needed."""

import os
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from harness.targets.docker import containers, keeper, lifecycle
from tests.targets.docker.fake_docker import FakeDocker, plant, run


class _Fine(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeDocker:
    """The only `docker` on PATH is the tests' own; environments are kept below `tmp_path`."""
    fake = plant(tmp_path / "engine")
    monkeypatch.setenv("PATH", str(fake.folder / "bin"))
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    really = subprocess.run

    def called(words: list[str], **options: Any) -> Any:
        """Spare the program's start, dozens of times a test."""
        if words[0] != "docker":
            return really(words, **options)
        ended = run(str(fake.folder), words[1:], options.get("env") or os.environ)
        for stream in ("stdout", "stderr"):
            if hasattr(options.get(stream), "write"):
                options[stream].write(getattr(ended, stream))
        return ended

    monkeypatch.setattr(subprocess, "run", called)
    monkeypatch.setattr(containers, "lines_from", lambda *words: iter(called(["docker", *words]).stdout.splitlines()))
    return fake


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every service answers its health URL, and the keeper is a process that only holds the lifeline."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Fine)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    services = ("localstack", "dynamodb", "moto", "gateway", "edge")
    monkeypatch.setattr(lifecycle, "health_urls", lambda _: dict.fromkeys(services, url))
    keepers: list[subprocess.Popen[bytes]] = []

    def launch(_: object) -> "subprocess.Popen[bytes]":
        keepers.append(subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, start_new_session=True))
        return keepers[-1]

    monkeypatch.setattr(keeper, "launch", launch)
    yield
    server.shutdown()
    server.server_close()
    for one in keepers:
        one.kill()
        one.wait()
        if one.stdin is not None:
            one.stdin.close()
