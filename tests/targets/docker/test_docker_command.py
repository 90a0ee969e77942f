"""The command line on the docker target: what it prints, with a `docker` program on PATH and without one."""

from pathlib import Path

import pytest

from harness.targets import Environment
from harness.targets.docker.engine import lines_from
from tests.command_line import run_rehearse
from tests.targets.docker.fake_docker import FakeDocker, plant

pytestmark = pytest.mark.usefixtures("answering")


def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    monkeypatch.setenv("REHEARSAL_INSTANCE", "told")
    return run_rehearse(words, monkeypatch, capfd)


def test_images_and_containers_are_told_and_a_death_with_what_to_do(
    engine: FakeDocker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    code, answer, notes = rehearse(monkeypatch, capfd, "up", "--target", "docker")
    assert (code, "moto          fake/moto:1 (id sha256:moto)" in answer) == (0, True)
    assert "edge is ready" in notes

    assert "edge          healthy, container rehearsal-to" in rehearse(monkeypatch, capfd, "status")[1]
    assert rehearse(monkeypatch, capfd, "logs", "postgres")[1] == "postgres   postgres says hello\n"

    engine.end("moto", 139)
    code, answer, notes = rehearse(monkeypatch, capfd, "status")
    assert (code, answer) == (1, "environment told is dead\n")
    assert "moto of environment 'told' was killed by SIGSEGV" in notes
    assert "rehearse up --instance told --target docker" in notes
    assert rehearse(monkeypatch, capfd, "down")[:2] == (0, "environment told is down\n")


def test_one_line_and_exit_code_two_when_there_is_no_docker(
    engine: FakeDocker, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    code, answer, notes = rehearse(monkeypatch, capfd, "up", "--target", "docker")

    assert (code, answer) == (2, "")
    assert notes == (
        "ToolMissing: target docker needs Docker, and no program docker is on PATH; "
        "without it: rehearse up --target embedded\n"
    )


def test_program_on_path_is_the_one_that_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = plant(tmp_path / "engine")
    monkeypatch.setenv("PATH", str(fake.folder / "bin"))

    assert list(lines_from("version")) == ["20.10.0"]
    assert fake.calls == ["version"]


def test_clients_talk_to_the_environment_whatever_the_shell_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    environment = Environment("docker", "x", "http://127.0.0.1:14566", "http://127.0.0.1:13000", tmp_path)

    urls = {environment.client(service).meta.endpoint_url for service in ("dynamodb", "ivs", "rds-data", "s3")}

    assert urls == {"http://127.0.0.1:14566"}
    assert type(environment.session()).__module__ == "localstack_client.session"
