"""Engines in containers: which image is run and how it is told, and why there is none where Docker is not."""

import os
from pathlib import Path

import pytest

from conformance.containers import (
    NoContainer,
    dynamodb_local,
    image_of,
    localstack,
    official_image,
    running,
    told_image,
)
from conformance.engines import NotMeasured, engines

ANSWERS = """#!/bin/sh
echo "$@" >> "{log}"
case "$1" in
  version) {version} ;;
  run) {run} ;;
  inspect) echo true ;;
esac
"""


class Docker:
    """A program `docker` that writes down what it was asked."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "docker.log"
        self.acts()

    def acts(self, *, version: str = "echo 20", run: str = "echo id") -> None:
        program = self.folder / "docker"
        program.write_text(ANSWERS.format(log=self.log, version=version, run=run))
        program.chmod(0o755)

    @property
    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Docker:
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for variable in ("LOCALSTACK_IMAGE", "DYNAMODB_LOCAL_IMAGE", "LAMBDA_RUNTIME_EXECUTOR", "DYNAMODB_LOCAL_JAR"):
        monkeypatch.delenv(variable, raising=False)
    return Docker(tmp_path)


def test_image_is_the_compose_file_s_when_no_variable_names_one(docker: Docker) -> None:
    assert official_image("LOCALSTACK_IMAGE") == image_of("LOCALSTACK_IMAGE") == "localstack/localstack:4.14.0"
    assert told_image("LOCALSTACK_IMAGE") == "image localstack/localstack:4.14.0"


@pytest.mark.parametrize(
    ("image", "told"),
    [
        ("localstack/localstack:4.12.0", "image localstack/localstack:4.12.0"),
        ("docker.io/localstack/localstack@sha256:1", "image docker.io/localstack/localstack@sha256:1"),
        ("own/localstack:4.14.0", "image own/localstack:4.14.0, not the official one"),
        ("host:5000/localstack/localstack", "image host:5000/localstack/localstack, not the official one"),
    ],
)
def test_image_is_told_as_not_official_when_its_repository_is_another(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, image: str, told: str
) -> None:
    monkeypatch.setenv("LOCALSTACK_IMAGE", image)

    assert told_image("LOCALSTACK_IMAGE") == told


def test_reason_is_told_when_no_engine_answers(docker: Docker) -> None:
    docker.acts(version="exit 1")

    for name in ("LocalStack", "DynamoDB Local (Docker)", "DynamoDB Local"):
        (engine,) = (one for one in engines([]) if one.name == name)
        with pytest.raises(NotMeasured, match="no Docker engine answers"), engine.start():
            pass
    assert not any(line.startswith("run ") for line in docker.asked)


def test_container_is_removed_when_its_image_does_not_run(docker: Docker) -> None:
    docker.acts(run="echo 'pull access denied' >&2; exit 125")

    with (
        pytest.raises(NoContainer, match=r"amazon/dynamodb-local:.* does not run: pull access denied"),
        running(dynamodb_local()),
    ):
        pass

    assert docker.asked[-1].startswith("rm --force --volumes rehearsal-conformance-dynamodb-local-")


def test_localstack_gets_the_socket_unless_it_runs_functions_itself(
    docker: Docker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("conformance.containers.SOCKET", tmp_path)
    with_containers = localstack().options

    monkeypatch.setenv("LAMBDA_RUNTIME_EXECUTOR", "process")

    assert with_containers == ("--volume", f"{tmp_path}:{tmp_path}")
    assert localstack().options == ()
    assert localstack().environment["LAMBDA_RUNTIME_EXECUTOR"] == "process"


def test_given_endpoint_takes_the_place_of_the_container(docker: Docker) -> None:
    names = [one.name for one in engines([("LocalStack", "http://127.0.0.1:9")])]

    assert names.count("LocalStack") == 1
