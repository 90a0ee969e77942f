"""The compose file keeps its promises: pinned images by variables, loopback ports, no privileges, checks of health."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from harness.targets.docker.cloud.resetting import RESTARTED_WITHIN_S
from harness.targets.docker.images import CHOSEN_BY, SOURCES, chosen
from harness.targets.docker.project import (
    CHECKOUT,
    LOAD_SERVICES,
    PARTS_KNOWN,
    SERVICES,
    images_variable,
    variables_of,
    with_parts,
)
from harness.targets.ports import KNOWN

TEXT = (CHECKOUT / "docker-compose.yml").read_text()
FILE: dict[str, Any] = yaml.safe_load(TEXT)
OWN = ("edge", "gateway", *LOAD_SERVICES)
# What users set themselves, in their shell or in a .env file.
USERS = {*CHOSEN_BY.values(), "PYTHON_IMAGE", "LAMBDA_RUNTIME_EXECUTOR", "REHEARSAL_DOCKER_SOCKET"} | {
    "REHEARSAL_TABLES_IN_LOCALSTACK",
    "LOCALSTACK_MEMORY",
}


def variables() -> dict[str, str]:
    """Every variable of the file with its default."""
    return dict(re.findall(r"\$\{([A-Z_]+):-([^}]*)\}", TEXT))


def default_of(text: str) -> str:
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


def test_every_service_is_there_and_load_is_a_profile() -> None:
    assert set(FILE["services"]) == {*SERVICES, *LOAD_SERVICES}
    assert [name for name, one in FILE["services"].items() if "profiles" in one] == list(LOAD_SERVICES)
    assert not {"version", "name"} & set(FILE)


def test_every_variable_has_a_default_and_is_somebodys_to_set() -> None:
    assert "$" not in re.sub(r"\$\{[A-Z_]+:-[^}]*\}", "", TEXT)
    ours = set(variables_of("x", with_parts(KNOWN), "us-east-1", Path("/x"))) | set(images_variable({}))
    contents = {f"REHEARSAL_{name.upper()}_CONTENT" for name in SOURCES}
    loads = {name for name in variables() if name.startswith("REHEARSAL_LOAD_")}
    assert set(variables()) == ours | contents | loads | USERS


def test_what_users_set_is_left_for_compose_when_an_environment_is_brought_up(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in USERS:
        monkeypatch.setenv(name, "set")

    assert chosen() == dict.fromkeys(USERS, "set")


@pytest.mark.parametrize("service", sorted(CHOSEN_BY))
def test_other_peoples_images_are_pinned_and_chosen_by_a_variable(service: str) -> None:
    assert re.fullmatch(
        rf"\$\{{{CHOSEN_BY[service]}:-[a-z/-]+:[0-9]+(\.[0-9]+)+\}}", FILE["services"][service]["image"]
    )


@pytest.mark.parametrize("service", sorted(FILE["services"]))
def test_ports_are_published_to_the_loopback_address_and_nothing_is_privileged(service: str) -> None:
    one = FILE["services"][service]

    assert all(port.startswith("127.0.0.1:") for port in one.get("ports", ()))
    assert not {"privileged", "cap_add", "devices", "pid", "ipc"} & set(one)
    assert ("docker.sock" in str(one.get("volumes"))) == (service == "localstack")
    assert "mem_limit" in one


def test_known_ports_are_the_defaults() -> None:
    published = {
        int(default_of(port).split(":")[1]) for one in FILE["services"].values() for port in one.get("ports", ())
    }
    assert published == {KNOWN.aws, KNOWN.gateway, *KNOWN.apis.values(), *PARTS_KNOWN.values()}


@pytest.mark.parametrize("service", OWN)
def test_own_images_give_their_process_no_rights(service: str) -> None:
    one = FILE["services"][service]

    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]


def test_own_images_end_as_a_user_without_rights_and_check_their_health() -> None:
    for name in ("Dockerfile", "mock_gateway/Dockerfile"):
        stages = (CHECKOUT / name).read_text().split("\nFROM ")[1:]
        users = [re.findall(r"^USER (\S+)", stage, re.MULTILINE)[-1] for stage in stages]
        assert set(users) == {"10001:10001"}, name
        assert "HEALTHCHECK --interval" in stages[0], name
    assert [name for name in SERVICES if name not in ("edge", "gateway")] == [
        name for name, one in FILE["services"].items() if "healthcheck" in one
    ]


def test_localstack_is_not_given_up_while_a_reset_restarts_it() -> None:
    check = FILE["services"]["localstack"]["healthcheck"]

    assert int(check["interval"].removesuffix("s")) * (check["retries"] - 1) > RESTARTED_WITHIN_S


def test_own_dockerfiles_need_no_builder_but_the_classic_one() -> None:
    for name in ("Dockerfile", "mock_gateway/Dockerfile"):
        text = (CHECKOUT / name).read_text()
        assert "--mount" not in text
        assert "--chmod" not in text


def test_load_aims_at_the_edges_own_network() -> None:
    for service in LOAD_SERVICES:
        assert FILE["services"][service]["network_mode"] == "service:edge"
    assert any(port.endswith(":8089") for port in FILE["services"]["edge"]["ports"])


@pytest.mark.slow
@pytest.mark.parametrize("command", ["docker compose", "docker-compose"])
def test_compose_takes_the_file(command: str) -> None:
    words = command.split()
    asked = shutil.which(words[0]) and subprocess.run([*words, "version"], capture_output=True, check=False)
    if not asked or asked.returncode != 0:
        pytest.skip(f"{command} is not on this machine")

    checked = subprocess.run(
        [*words, "-f", str(CHECKOUT / "docker-compose.yml"), "--profile", "load", "config"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip

    assert checked.returncode == 0, checked.stderr
    assert set(yaml.safe_load(checked.stdout)["services"]) == {*SERVICES, *LOAD_SERVICES}
