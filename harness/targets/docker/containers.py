"""The containers of a project as the engine tells of them, and their removal.

Everything goes by Compose's labels and the network's name, not by the compose file: what an older version of it made,
what LocalStack started for functions, and what no state file tells of, goes too.
"""

import json
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from harness.errors import EnvironmentNotReady
from harness.targets.docker.engine import docker, labelled, lines_from
from harness.waiting import wait_until

LOG_LINES_SHOWN = 20
GRACE_S = 5  # for the edge, to write what it still holds
SWEEP_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Container:
    """One container: `state` and `health` are Docker's words ("running", "exited"; "healthy", "" without a check)."""

    id: str
    service: str
    state: str
    health: str
    exit_code: int
    out_of_memory: bool
    image: str
    image_id: str

    @property
    def is_running(self) -> bool:
        """Whether it runs now."""
        return self.state == "running"

    @property
    def how(self) -> str:
        """Say how it ended, or what is wrong with it."""
        if self.is_running:
            return f"is {self.health or 'running'}"
        if self.out_of_memory:
            return "was killed: it needed more memory than its container may have"
        if self.exit_code > 128 and self.exit_code - 128 in {one.value for one in signal.Signals}:
            return f"was killed by {signal.Signals(self.exit_code - 128).name}"
        if self.state == "exited":
            return f"ended with exit code {self.exit_code}"
        return f"is {self.state}"

    def describe(self) -> dict[str, Any]:
        """Return what `status` tells of it."""
        state = self.health if self.is_running and self.health else self.state
        return {"state": state, "container": self.id[:12], "image": self.image}


def containers_of(project: str) -> list[Container]:
    """Return all containers that Compose made for a project, ended ones too."""
    ids = docker("ps", "--all", "--quiet", "--no-trunc", *labelled(project)).split()
    return [_container(one) for one in _inspected(ids)]


def container_of(project: str, service: str) -> Container | None:
    """Return the container of a service, the first of several."""
    return next((one for one in containers_of(project) if one.service == service), None)


def log_tail(container: Container, lines: int = LOG_LINES_SHOWN) -> list[str]:
    """Return the last lines that a container wrote."""
    return list(log_lines_of(container, lines, follow=False))


def log_lines_of(container: Container, last: int, *, follow: bool) -> Iterator[str]:
    """Yield the last lines of a container's log, and with `follow` what comes."""
    yield from lines_from("logs", "--tail", str(last), *(["--follow"] if follow else []), container.id)


def remove_all(project: str, network: str) -> bool:
    """Remove a project's containers, networks and volumes, and whatever else joined its network; say whether any was.

    Repeats until nothing is left: an interrupted start may still make a container. Raises EnvironmentNotReady when
    something stays, ToolMissing without an engine.
    """
    edge = [one.id for one in containers_of(project) if one.is_running and one.service == "edge"]
    if edge:
        docker("stop", "--time", str(GRACE_S), *edge)
    found = False

    def swept() -> bool:
        nonlocal found
        left = _things(project, network)
        found = found or any(left.values())
        for kind, names in left.items():
            if names:
                _remove(kind, names)
        return not any(left.values())

    wait_until(f"the removal of all that belongs to {project}", swept, within_s=SWEEP_WITHIN_S, every_s=0.05)
    return found


def _things(project: str, network: str) -> dict[str, list[str]]:
    """Return what is there of a project by kind, in the order in which it can be removed."""
    made = docker("ps", "--all", "--quiet", "--no-trunc", *labelled(project)).split()
    guests = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", f"network={network}").split()
    return {
        "container": list(dict.fromkeys([*made, *guests])),
        "network": docker("network", "ls", "--quiet", *labelled(project)).split(),
        "volume": docker("volume", "ls", "--quiet", *labelled(project)).split(),
    }


def _remove(kind: str, names: list[str]) -> None:
    words = {"container": ("rm", "--force", "--volumes"), "network": ("network", "rm"), "volume": ("volume", "rm")}
    try:
        docker(*words[kind], *names)
    except EnvironmentNotReady as problem:  # gone meanwhile, or still in use: the next look decides
        if "No such" not in str(problem) and "in use" not in str(problem) and "in progress" not in str(problem):
            raise


def _inspected(ids: list[str]) -> list[dict[str, Any]]:
    if not ids:
        return []
    try:
        read: list[dict[str, Any]] = json.loads(docker("inspect", "--type", "container", *ids))
    except EnvironmentNotReady:  # one of them has gone since: ask for each
        return [one for single in ids for one in _inspected_one(single)]
    return read


def _inspected_one(name: str) -> list[dict[str, Any]]:
    try:
        read: list[dict[str, Any]] = json.loads(docker("inspect", "--type", "container", name))
    except EnvironmentNotReady:
        return []
    return read


def _container(told: dict[str, Any]) -> Container:
    state = told["State"]
    return Container(
        id=told["Id"],
        service=told["Config"]["Labels"].get("com.docker.compose.service", ""),
        state=state["Status"],
        health=(state.get("Health") or {}).get("Status", ""),
        exit_code=int(state["ExitCode"]),
        out_of_memory=bool(state.get("OOMKilled")),
        image=told["Config"]["Image"],
        image_id=told["Image"],
    )
