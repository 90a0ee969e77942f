"""Up, down and status of an environment of containers, on an engine that the tests play."""

import socket
from pathlib import Path
from typing import Any

import pytest

from harness.errors import EnvironmentNotReady, PartDied, PortBusy, ToolMissing
from harness.targets import lifecycle as targets
from harness.targets.docker import lifecycle
from harness.targets.docker.project import SERVICES, with_parts
from harness.targets.ports import KNOWN, Ports, free_ports
from tests.targets.docker.fake_docker import FakeDocker

NAME = "tried"
pytestmark = pytest.mark.usefixtures("answering")


def up(progress: Any = lambda _: None, **options: Any) -> Any:
    return targets.up("docker", NAME, progress=progress, **options)


def is_empty(engine: FakeDocker) -> bool:
    return not (engine.state["containers"] or engine.state["networks"] or engine.state["volumes"])


def test_environment_is_one_and_tells_its_images_when_up_comes_twice(engine: FakeDocker) -> None:
    told: list[str] = []

    first, process = up(told.append)
    second, nobody = up()

    assert process is not None
    assert nobody is None
    assert second == first
    assert first.images["edge"] == "fake/edge:1 (id sha256:edge)"
    assert set(first.images) == set(SERVICES)
    assert first.seen_by_functions("aws") == "http://edge:4566"
    assert first.seen_by_functions("payments") == "http://edge:3001"
    assert {f"{service} is ready" for service in SERVICES} <= set(told)
    assert targets.status_of(NAME).state == "ready"


def test_nothing_is_left_after_down_but_images(engine: FakeDocker) -> None:
    environment, _ = up()
    guests = [{"id": "lambda-1", "project": "", "service": "", "image": "fake/lambda:1", "status": "running",
               "exit_code": 0, "log": [], "network": f"rehearsal-{NAME}"}]  # fmt: skip
    engine.change(containers=engine.state["containers"] + guests, volumes=[f"rehearsal-{NAME}"])

    assert targets.down(NAME)

    assert is_empty(engine)
    assert engine.state["images"]
    assert not environment.directory.exists()
    assert not targets.down(NAME)


def test_containers_go_when_their_state_file_is_lost(engine: FakeDocker) -> None:
    environment, _ = up()
    (environment.directory / "state.json").unlink()

    assert targets.down(NAME, "docker")

    assert is_empty(engine)


def test_nothing_starts_when_a_port_is_held(engine: FakeDocker) -> None:
    ports = free_ports()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", ports.gateway))
        holder.listen()

        with pytest.raises(PortBusy, match=f"port {ports.gateway} \\(gateway\\) is held by"):
            up(ports=ports)

    assert not any(" up " in call for call in engine.calls)


def test_part_is_named_with_its_log_and_all_is_removed_when_it_ends_at_the_start(engine: FakeDocker) -> None:
    engine.change(dies={"postgres": 3})

    with pytest.raises(PartDied) as death:
        up()

    assert "postgres of environment 'tried' ended with exit code 3" in str(death.value)
    assert "postgres says hello" in str(death.value)
    assert is_empty(engine)
    assert targets.status_of(NAME).state == "down"


def test_part_is_named_when_it_turns_unhealthy_at_the_start(engine: FakeDocker) -> None:
    def spoil(line: str) -> None:
        if line == "localstack is ready":
            containers = engine.state["containers"]
            containers[0]["health"] = "unhealthy"
            engine.change(containers=containers)

    engine.change(health={"postgres": "starting"})
    with pytest.raises(PartDied, match="localstack of environment 'tried' is unhealthy"):
        up(spoil)

    assert is_empty(engine)


def test_nothing_is_left_when_up_is_interrupted(engine: FakeDocker) -> None:
    def interrupt(line: str) -> None:
        if line == "gateway is ready":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        up(interrupt)

    assert is_empty(engine)
    assert targets.status_of(NAME).state == "down"


def test_status_names_the_container_when_it_was_killed(engine: FakeDocker) -> None:
    up()
    engine.end("dynamodb")

    status = targets.status_of(NAME)

    assert (status.state, status.death["part"]) == ("dead", "dynamodb")
    assert status.death["how"] == "was killed by SIGKILL"
    assert status.death["log"] == ["dynamodb says hello"]
    with pytest.raises(PartDied, match="--target docker"):
        targets.require_ready(NAME)


def test_death_is_recorded_with_all_logs_and_the_rest_goes_when_it_is_buried(engine: FakeDocker) -> None:
    up()
    engine.end("dynamodb", 1)

    assert lifecycle.bury(NAME)

    assert is_empty(engine)
    assert targets.status_of(NAME).death["how"] == "ended with exit code 1"
    assert list(lifecycle.log_lines(NAME, "edge", last=5, follow=False)) == ["edge says hello"]
    assert up()[1] is not None  # a new one, without a `down` before


def test_nothing_is_buried_when_all_containers_run(engine: FakeDocker) -> None:
    up()

    assert not lifecycle.bury(NAME)

    assert targets.status_of(NAME).state == "ready"


def test_engine_is_told_dead_and_down_says_so_in_one_line_when_it_has_gone(engine: FakeDocker) -> None:
    up()
    engine.change(answers=False)

    status = targets.status_of(NAME)
    with pytest.raises(ToolMissing) as refusal:
        targets.down(NAME)

    assert (status.state, status.death["part"]) == ("dead", "engine")
    assert "none answers" in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    engine.change(answers=True)
    assert targets.down(NAME)


@pytest.mark.parametrize("lacking", ["program", "engine", "compose"])
def test_one_line_names_what_is_missing_and_the_embedded_target(
    engine: FakeDocker, lacking: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if lacking == "program":
        monkeypatch.setenv("PATH", str(tmp_path))
    else:
        engine.change(**{"engine": {"answers": False}, "compose": {"compose": False}}[lacking])

    with pytest.raises(ToolMissing) as refusal:
        up()

    assert "rehearse up --target embedded" in str(refusal.value)
    assert len(str(refusal.value).splitlines()) == 1
    assert not (tmp_path / "state" / NAME).exists()


def test_record_of_calls_is_the_owners_while_it_grows_and_after_the_end(engine: FakeDocker, tmp_path: Path) -> None:
    wanted = tmp_path / "run" / "calls.jsonl"
    environment, _ = up(calls_file=wanted)
    folder = environment.directory / "work" / "record"
    (folder / "calls.jsonl").write_text("2\n")
    (folder / "calls.1.jsonl").write_text("1\n")

    assert wanted.read_text() == "2\n"
    targets.down(NAME)

    assert not wanted.is_symlink()
    assert wanted.read_text() == "2\n"
    assert (wanted.parent / "calls.1.jsonl").read_text() == "1\n"


def test_known_ports_bring_known_ones_of_the_parts_and_free_ones_free_ones() -> None:
    assert with_parts(KNOWN).parts["dynamodb"] == 8000
    others = with_parts(free_ports())
    numbers = [number for _, number in others.named()]
    assert len(set(numbers)) == len(numbers) == 9
    assert Ports(**others.to_json()) == others  # type: ignore[arg-type]


def test_image_that_cant_be_pulled_is_named_with_its_variable(engine: FakeDocker) -> None:
    images = engine.state["images"]
    engine.change(images={name: one for name, one in images.items() if name != "fake/dynamodb:1"})

    with pytest.raises(EnvironmentNotReady) as refusal:
        up()

    assert "image fake/dynamodb:1 of dynamodb" in str(refusal.value)
    assert "pull access denied" in str(refusal.value)
    assert "DYNAMODB_LOCAL_IMAGE=" in str(refusal.value)
    assert is_empty(engine)


def test_image_is_pulled_and_told_by_its_digest_when_it_is_not_there(engine: FakeDocker) -> None:
    images = engine.state["images"]
    engine.change(images={name: one for name, one in images.items() if name != "fake/moto:1"}, pullable=["fake/moto:1"])
    told: list[str] = []

    environment, _ = up(told.append)

    assert environment.images["moto"] == "fake/moto:1 (digest sha256:abcdef012345)"
    assert "moto: pulling fake/moto:1, as it is not on this machine" in told


def test_our_images_are_built_once_and_again_when_their_base_changes(
    engine: FakeDocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def builds() -> list[str]:
        return [call for call in engine.calls if " build " in call]

    up()
    targets.down(NAME)
    up()
    assert len(builds()) == 1
    assert builds()[0].endswith("build gateway edge")
    targets.down(NAME)

    monkeypatch.setenv("PYTHON_IMAGE", "another:1")
    up()

    assert len(builds()) == 2


def test_variables_are_left_for_who_calls_compose_by_hand(engine: FakeDocker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_IMAGE", "fake/moto:1")

    environment, _ = up()

    left = (environment.directory / "compose.env").read_text().splitlines()
    assert f"REHEARSAL_NETWORK='rehearsal-{NAME}'" in left
    assert "MOTO_IMAGE='fake/moto:1'" in left


def test_builders_last_lines_and_the_bases_variable_are_told_when_a_build_fails(engine: FakeDocker) -> None:
    engine.change(builds=False)

    with pytest.raises(EnvironmentNotReady) as refusal:
        up()

    assert "pull access denied for python" in str(refusal.value)
    assert "PYTHON_IMAGE=" in str(refusal.value)
    assert is_empty(engine)
