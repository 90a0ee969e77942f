"""What the deploy tests share: a cache of their own, template files, and a stand-in for an environment."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from harness.deploy.progress import Progress
from harness.ids import new_token
from harness.targets import open_environment
from harness.targets.environment import Environment


@pytest.fixture(scope="module")
def cloud() -> Iterator[Environment]:
    """Give one running environment to all tests of a module."""
    with open_environment("embedded", instance=f"deploy-tests-{new_token(6)}", ports="free") as environment:
        yield environment


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty cache."""
    directory = tmp_path / "cache"
    monkeypatch.setenv("REHEARSAL_CACHE_DIR", str(directory))
    return directory


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty folder that is the current one, so that messages show short paths."""
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    return directory


@pytest.fixture
def write(project: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a file of the project from an indented text."""

    def write(name: str, text: str) -> Path:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    return write


@dataclass
class Heard:
    """A listener that keeps what it was told."""

    reports: list[Progress] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        self.reports.append(progress)

    def of(self, step: str) -> list[str]:
        return [str(one) for one in self.reports if one.step == step]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@dataclass
class FakeEnvironment:
    """An environment whose clients are given by the test."""

    clients: dict[str, Any] = field(default_factory=dict)
    target: str = "embedded"
    aws_endpoint_url: str = "http://127.0.0.1:1"
    region: str = "us-east-1"
    account_id: str = "000000000000"
    for_functions: dict[str, str] = field(default_factory=lambda: {"gateway": "http://127.0.0.1:2"})

    def seen_by_functions(self, name: str) -> str:
        return self.for_functions.get(name, "")

    def client(self, service: str) -> Any:
        return self.clients[service]


@pytest.fixture
def environment() -> FakeEnvironment:
    return FakeEnvironment()
