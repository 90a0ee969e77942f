"""Environments of other targets: which are refused, which are brought up, and that their logs are kept."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.clients import Deployment, patience
from harness.errors import EnvironmentNotRunning, RehearsalError, SettingInvalid
from harness.pytest_plugin import provision
from harness.pytest_plugin.rehearsal import Connections
from harness.targets import Environment

NOWHERE = "http://127.0.0.1:9"


def environment(target: str, folder: Path) -> Environment:
    endpoint = "" if target == "staging" else NOWHERE
    return Environment(target, "mine", endpoint, NOWHERE, folder, images={"edge": "edge:1"})


def opened(target: str, instance: str = "", keep_logs=lambda _: None):
    return provision.open_deployment(
        target, instance, gateway_style="plain", calls_file=Path("calls.jsonl"), keep_logs=keep_logs
    )


@pytest.fixture
def containers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SimpleNamespace:
    """Pretend a target of containers whose parts are `edge`, `idle` (which wrote nothing) and `gone`."""
    told: list[str] = []

    @contextmanager
    def open_environment(target: str, **_: object) -> Iterator[Environment]:
        yield environment(target, tmp_path)

    def log_lines(name: str, part: str, *, last: int, follow: bool) -> Iterator[str]:
        if part == "gone":
            raise RehearsalError("its container is gone")
        return iter(["one", "two"] if part == "edge" else [])

    module = SimpleNamespace(PARTS=("edge", "idle", "gone", "compose"), log_lines=log_lines)
    monkeypatch.setattr(provision, "open_environment", open_environment)
    monkeypatch.setattr(provision, "lifecycle_of", lambda _: module)
    return SimpleNamespace(told=told, folder=tmp_path)


def test_staging_is_refused_when_no_running_environment_is_named() -> None:
    with pytest.raises(SettingInvalid, match="none was named") as refused, opened("staging"):
        pass

    assert "rehearse up --target staging" in refused.value.remedy


def test_running_environment_is_refused_when_it_is_of_another_target(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))

    with pytest.raises(EnvironmentNotRunning, match="mine"), opened("docker", "mine"):
        pass


def test_logs_of_containers_are_kept_before_they_go(containers: SimpleNamespace) -> None:
    (containers.folder / "logs").mkdir()
    (containers.folder / "logs" / "compose.log").write_text("its own\n")
    kept: dict[str, str] = {}

    def keep(folder: Path) -> None:
        kept.update({path.name: path.read_text() for path in (folder / "logs").iterdir()})

    with opened("docker", keep_logs=keep):
        assert kept == {}

    assert kept == {
        "edge.log": "one\ntwo\n",
        "gone.log": "not readable: its container is gone\n",
        "compose.log": "its own\n",
    }


@pytest.mark.parametrize(("target", "has_edge", "factor"), [("docker", True, 5.0), ("staging", False, 10.0)])
def test_clients_know_the_target_when_they_are_connected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str, has_edge: bool, factor: float
) -> None:
    monkeypatch.delenv(patience.VARIABLE, raising=False)
    monkeypatch.setattr("harness.pytest_plugin.rehearsal.Gatherer", lambda _: SimpleNamespace(close=lambda: None))
    try:
        with Connections(Deployment(environment(target, tmp_path), pytest.fail)) as connections:
            assert connections.edge.is_there is has_edge
            assert patience.patient_s(1.0) == factor
    finally:
        patience.be_patient(1.0)


def test_environment_survives_the_way_to_a_worker(tmp_path: Path) -> None:
    one = environment("docker", tmp_path)

    assert Environment.from_json(json.loads(json.dumps(one.to_json()))) == one
