"""Bringing environments of containers up and down: the command line and tests call this.

The engine is the truth: `status_of` asks it, `down` removes by its labels, also what no state file tells of. The state
file holds what the engine can't know (ports, region, images, the keeper) and, after a death, who died and how.
"""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from signal import SIGKILL
from typing import Any

from harness.config import INSTANCE_DEFAULT
from harness.errors import RehearsalError
from harness.targets.docker import images, keeper, record, state_file
from harness.targets.docker.compose import Compose, compose_command
from harness.targets.docker.containers import (
    Container,
    container_of,
    containers_of,
    log_lines_of,
    log_tail,
    remove_all,
)
from harness.targets.docker.engine import require_engine
from harness.targets.docker.project import (
    CHECKOUT,
    LOAD_SERVICES,
    SERVICES,
    compose_file,
    health_urls,
    images_variable,
    project_of,
    variables_of,
    with_parts,
)
from harness.targets.docker.readiness import Died, await_ready
from harness.targets.environment import Environment
from harness.targets.instance import Instance, is_alive, kill_group
from harness.targets.lifecycle import Progress
from harness.targets.log_files import lines_of
from harness.targets.ports import KNOWN, Ports, free_ports, require_free
from harness.targets.status import Status, part_died

PARTS = ("keeper", *LOAD_SERVICES, *SERVICES)
KEPT_LOG_LINES = 2000  # of each container, once one of them died


def up(
    name: str,
    *,
    region: str = "us-east-1",
    ports: Ports | None = None,
    owned: bool = False,
    calls_file: Path | None = None,
    progress: Progress,
) -> "tuple[Environment, subprocess.Popen[bytes] | None]":
    """Bring the environment `name` up, or find it up; return it, and its keeper's process when it was started.

    Without `ports` the default instance takes the known ones and others take free ones. `owned`: the environment ends
    with this process, however that ends. `calls_file`: where its record of calls goes, else among its logs. Raises
    ToolMissing (in one line) without engine or Compose, PortBusy, PartDied, EnvironmentNotReady; then nothing is left.
    """
    engine, command, file = require_engine(), compose_command(), compose_file()
    instance = Instance(name)
    with instance.locked():
        status = status_of(name)
        if status.environment is not None and status.state == "ready":
            return status.environment, None
        _remove(instance)
        chosen = with_parts(ports or (KNOWN if name == INSTANCE_DEFAULT else free_ports()))
        require_free(chosen)
        instance.create()
        try:
            process = keeper.launch(instance)
            state_file.begin(instance, chosen, region, process.pid, calls_file)
            folder = record.prepare(instance, calls_file)
            variables = variables_of(name, chosen, region, folder) | images.contents(CHECKOUT)
            compose = Compose(command, project_of(name), file, variables, instance.log_file("compose"))
            _start(instance, compose, chosen, progress, engine)
            if not owned:
                keeper.let_stand(process)
            return state_file.environment(instance), process
        except BaseException:
            _remove(instance)
            raise


def down(name: str) -> bool:
    """Take the environment `name` down and remove all it left, known or not; return whether there was anything.

    Images stay. Raises ToolMissing when no engine answers: what is there can't be removed then.
    """
    require_engine()
    instance = Instance(name)
    with instance.locked():
        existed = instance.directory.exists()
        return _remove(instance) or existed


def status_of(name: str) -> Status:
    """Return how the environment `name` is; never raises for one that is not there."""
    state = Instance(name).read_state()
    if state is None:
        return Status(name, "down")
    if state["state"] == "dead":
        return Status(name, "dead", death=state)
    try:
        there = {one.service: one for one in containers_of(project_of(name))}
    except RehearsalError as problem:
        return _dead(name, {"part": "engine", "how": f"does not answer: {problem.headline}", "log": []})
    if state["state"] == "starting":
        return _starting(name, state)
    death = _death_among(there)
    if death:
        return _dead(name, death)
    parts = {one.service: one.describe() for one in there.values()}
    return Status(name, "ready", state_file.environment(Instance(name)), parts, started_at=str(state["started_at"]))


def log_lines(name: str, part: str, *, last: int, follow: bool) -> Iterator[str]:
    """Yield the last lines of a part's log, and with `follow` what comes; nothing for a part that wrote none."""
    instance = Instance(name)
    kept = instance.log_file(part)
    if part == "keeper" or kept.is_file():
        return lines_of(kept, last, follow=follow)
    container = container_of(project_of(name), part)
    return log_lines_of(container, last, follow=follow) if container is not None else iter(())


def bury(name: str) -> bool:
    """Remove all of an environment but a record of what died and how, and all logs' last lines.

    Return False when nothing died: then whoever heard so was wrong.
    """
    instance = Instance(name)
    with instance.locked():
        state = instance.read_state()
        if state is None or state["state"] != "ready":
            return state is None
        death = status_of(name).death
        if not death:
            return False
        instance.write_state({**state, "state": "dead", **death})
        with suppress(RehearsalError):  # without an engine, the next `down` removes what is there
            _keep_logs(instance)
            remove_all(project_of(name), project_of(name))
        record.hand_over(instance, state_file.calls_file(state))
        return True


def _start(instance: Instance, compose: Compose, ports: Ports, progress: Progress, engine: str) -> None:
    """Bring images, start the containers and wait until all are ready; the state file says so then."""
    used = images.bring(compose, SERVICES, progress)
    compose = replace(compose, variables={**compose.variables, **images_variable(used)})
    state_file.leave_variables(instance, {**images.chosen(), **compose.variables})
    progress(f"starting {len(SERVICES)} containers with {' '.join(compose.command)} on Docker {engine}")
    try:
        compose.start(list(SERVICES))
        await_ready(compose.project, health_urls(ports), progress)
    except Died as death:
        raise part_died(instance.name, _death(death.container, death.log)) from None
    except RehearsalError:
        # Compose tells of a container that ended at once in its own words; which it was is clearer.
        ended = [one for one in containers_of(compose.project) if one.state == "exited"]
        if ended:
            raise part_died(instance.name, _death(ended[0])) from None
        raise
    state_file.becomes_ready(instance, used)


def _remove(instance: Instance) -> bool:
    """End the keeper, remove the containers, hand the record over and remove the folder; say whether any was there."""
    state = instance.read_state() or {}
    mark = state.get("keeper") or {}
    if is_alive(mark) and int(mark["pid"]) != os.getpid():
        kill_group(int(mark["pid"]), SIGKILL)
    found = remove_all(project_of(instance.name), project_of(instance.name))
    record.hand_over(instance, state_file.calls_file(state))
    instance.remove()
    return found


def _keep_logs(instance: Instance) -> None:
    for container in containers_of(project_of(instance.name)):
        lines = log_tail(container, KEPT_LOG_LINES)
        instance.log_file(container.service).write_text("".join(f"{line}\n" for line in lines))


def _starting(name: str, state: dict[str, Any]) -> Status:
    if is_alive(state.get("keeper")):
        return Status(name, "starting", started_at=str(state["started_at"]))
    return _dead(name, {"part": "keeper", "how": "is gone", "log": Instance(name).log_tail("keeper")})


def _dead(name: str, death: dict[str, Any]) -> Status:
    return Status(name, "dead", death={"target": "docker", **death})


def _death_among(there: Mapping[str, Container]) -> dict[str, Any]:
    """Return the death of the first service that does not run, or for long has not answered; nothing when all do."""
    for service in SERVICES:
        if service not in there:
            return {"part": service, "how": "is gone", "log": []}
        if not there[service].is_running or there[service].health == "unhealthy":
            return _death(there[service])
    return {}


def _death(container: Container, log: list[str] | None = None) -> dict[str, Any]:
    return {"part": container.service, "how": container.how, "log": log_tail(container) if log is None else log}
