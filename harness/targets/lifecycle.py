"""Bringing environments up and down whatever their target: one way in, and a module a target behind it.

A running environment's state file says which target it is of, so only `up` has to be told. Each target's module is
imported when it is needed: the embedded one must not wait for another's libraries.
"""

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Protocol, cast

from harness.config import INSTANCE_DEFAULT
from harness.errors import EnvironmentNotRunning, SettingInvalid
from harness.targets.environment import Environment
from harness.targets.instance import Instance
from harness.targets.ports import Ports
from harness.targets.status import Status, part_died

Progress = Callable[[str], None]
TARGETS = ("embedded", "docker", "staging")


class Lifecycle(Protocol):
    """What the lifecycle module of a target offers."""

    PARTS: tuple[str, ...]

    def up(
        self,
        name: str,
        *,
        region: str = "us-east-1",
        ports: Ports | None = None,
        owned: bool = False,
        calls_file: Path | None = None,
        progress: Progress,
    ) -> tuple[Environment, "Popen[bytes] | None"]:
        """Bring the environment up, or find it up (then there is no process); raises what says why it can't be."""

    def down(self, name: str) -> bool:
        """Take it down and remove all it left; return whether there was anything."""

    def status_of(self, name: str) -> Status:
        """Return how it is; never raises for one that is not there."""

    def log_lines(self, name: str, part: str, *, last: int, follow: bool) -> Iterator[str]:
        """Yield the last lines of a part's log, and with `follow` what comes."""


def check_target(target: str) -> str:
    """Return `target`; raises SettingInvalid for one that is not known."""
    if target not in TARGETS:
        raise SettingInvalid(f"target {target!r} is not known, expected one of {', '.join(TARGETS)}")
    return target


def lifecycle_of(target: str) -> Lifecycle:
    """Return the lifecycle of a target; raises SettingInvalid."""
    return cast("Lifecycle", importlib.import_module(f"harness.targets.{check_target(target)}.lifecycle"))


def target_of(name: str) -> str:
    """Return the target of the environment `name`, "" when nothing of it is there."""
    state = Instance(name).read_state()
    return str(state.get("target", "embedded")) if state is not None else ""


def up(
    target: str,
    name: str,
    *,
    region: str = "us-east-1",
    ports: Ports | None = None,
    owned: bool = False,
    calls_file: Path | None = None,
    progress: Progress,
) -> tuple[Environment, "Popen[bytes] | None"]:
    """Bring an environment up, or find it up; raises SettingInvalid when one of another target has its name."""
    chosen = lifecycle_of(target)
    there = target_of(name)
    # What a run on an account left is ended by who asks for that alone.
    if there not in ("", target) and (there == "staging" or status_of(name).state != "dead"):
        raise SettingInvalid(
            f"environment {name!r} {'is' if there == 'staging' else 'runs'} on target {there}, expected {target}",
            remedy=f"rehearse down{flag_of(name)}, or another name: rehearse up --target {target} --instance NAME",
        )
    if there not in ("", target):
        down(name)
    return chosen.up(name, region=region, ports=ports, owned=owned, calls_file=calls_file, progress=progress)


def down(name: str, target: str = "") -> bool:
    """Take the environment `name` down, whatever its target; return whether there was anything.

    `target` is where to look for what no state file tells of any more.
    """
    return lifecycle_of(target_of(name) or target or "embedded").down(name)


def status_of(name: str) -> Status:
    """Return how the environment `name` is; never raises for one that is not there."""
    there = target_of(name)
    return lifecycle_of(there).status_of(name) if there else Status(name, "down")


def has_logs(name: str) -> bool:
    """Say whether logs of an environment can be read: while it runs, and after a death if its target keeps them."""
    return bool(target_of(name)) and Instance(name).logs.is_dir()


def require_ready(name: str, target: str = "") -> Environment:
    """Return the running environment `name`; raises EnvironmentNotRunning, PartDied, SettingInvalid, with what to do.

    With `target`, it has to be of that one.
    """
    status = status_of(name)
    if status.environment is not None and status.state == "ready":
        if target and status.environment.target != target:
            raise SettingInvalid(f"environment {name!r} runs on target {status.environment.target}, expected {target}")
        return status.environment
    wanted = target or target_of(name)
    command = f"rehearse up{flag_of(name)}" + (f" --target {wanted}" if wanted not in ("", "embedded") else "")
    if status.state == "dead":
        raise part_died(name, status.death, remedy=command)
    raise EnvironmentNotRunning(f"environment {name!r} is {status.state}, expected it to be ready", remedy=command)


def flag_of(name: str) -> str:
    """Return the option that names an environment on the command line, "" for the default one."""
    return "" if name == INSTANCE_DEFAULT else f" --instance {name}"
