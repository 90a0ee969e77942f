"""Bringing an embedded environment up and down, and saying how it is, from outside its processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.config import INSTANCE_DEFAULT
from harness.errors import EnvironmentNotReady, PartDied, WaitTimeout
from harness.targets.embedded.supervisor import READY_WITHIN_S, STOP_WITHIN_S
from harness.targets.environment import Environment
from harness.targets.instance import Instance, is_alive, kill_group
from harness.targets.lifecycle import Progress
from harness.targets.log_files import lines_of
from harness.targets.ports import KNOWN, LOOPBACK, Ports, free_ports, require_free
from harness.targets.status import Status, part_died
from harness.waiting import wait_until

PARTS = ("supervisor", "gateway", "cloud", "moto")


def up(
    name: str,
    *,
    region: str = "us-east-1",
    ports: Ports | None = None,
    owned: bool = False,
    calls_file: Path | None = None,
    progress: Progress,
) -> "tuple[Environment, subprocess.Popen[bytes] | None]":
    """Bring the environment `name` up, or find it up; return it, and the supervisor's process when it was started.

    Without `ports` the default instance takes the known ones and others take free ones. `owned`: the environment ends
    with this process, however that ends. `calls_file`: where its record of calls goes, else among its logs, which end
    with it. Raises PortBusy, PartDied or EnvironmentNotReady; then nothing is left.
    """
    instance = Instance(name)
    with instance.locked():
        status = status_of(name)
        if status.environment is not None and status.state == "ready":
            return status.environment, None
        _stop_supervisor(instance)
        chosen = ports or (KNOWN if name == INSTANCE_DEFAULT else free_ports())
        require_free(chosen)
        instance.create()
        process = _launch(instance, chosen, region, owned=owned, calls_file=calls_file)
        try:
            return _await_ready(instance, process, progress), process
        except BaseException:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(STOP_WITHIN_S * 2)
            _stop_supervisor(instance)
            raise


def down(name: str) -> bool:
    """Take the environment `name` down and remove all it left; return whether there was anything."""
    instance = Instance(name)
    with instance.locked():
        existed = instance.directory.exists()
        _stop_supervisor(instance)
        return existed


def status_of(name: str) -> Status:
    """Return how the environment `name` is; never raises for one that is not there."""
    state = Instance(name).read_state()
    if state is None:
        return Status(name, "down")
    if state["state"] == "dead":
        return Status(name, "dead", death=state)
    if not is_alive(state.get("supervisor")):
        return Status(name, "dead", death={"part": "supervisor", "how": "is gone", "log": []})
    return Status(
        name, state["state"], _environment(name, state), dict(state["parts"]), started_at=str(state["started_at"])
    )


def log_lines(name: str, part: str, *, last: int, follow: bool) -> Iterator[str]:
    """Yield the last lines of a part's log, and with `follow` what comes; nothing for a part that wrote none."""
    return lines_of(Instance(name).log_file(part), last, follow=follow)


def _launch(
    instance: Instance, ports: Ports, region: str, *, owned: bool, calls_file: Path | None
) -> "subprocess.Popen[bytes]":
    command = [
        *(sys.executable, "-P", "-m", "harness.targets.embedded.supervisor", "--instance", instance.name),
        *("--directory", str(instance.directory), "--region", region),
        *("--ports", json.dumps(ports.to_json())),
        *(["--stop-with-parent"] if owned else []),
        *(["--calls-file", str(calls_file.absolute())] if calls_file else []),
    ]
    with instance.log_file("supervisor").open("ab") as log:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE if owned else subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=_clean_environment(),
        )


def _clean_environment() -> dict[str, str]:
    # What a user set for a real account must not reach an emulator, nor the other way round.
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHONPATH"))}


def _await_ready(instance: Instance, process: "subprocess.Popen[bytes]", progress: Progress) -> Environment:
    told: set[str] = set()

    def probe() -> Environment | None:
        ended = process.poll() is not None
        state = instance.read_state() or {}
        for part, entry in state.get("parts", {}).items():
            if entry["state"] == "ready" and part not in told:
                told.add(part)
                progress(f"{part} is ready")
        if state.get("state") == "ready":
            return _environment(instance.name, state)
        if ended:
            raise _start_failed(instance, state, process.returncode)
        return None

    try:
        return wait_until("readiness", probe, within_s=READY_WITHIN_S + STOP_WITHIN_S, every_max_s=0.05)
    except WaitTimeout as timeout:
        raise EnvironmentNotReady(
            f"environment {instance.name!r} was not ready within {READY_WITHIN_S:.0f} s",
            evidence={"seen": instance.read_state(), "log": "\n".join(instance.log_tail("cloud"))},
        ) from timeout


def _start_failed(instance: Instance, state: dict[str, Any], code: int) -> PartDied:
    if state.get("state") == "dead":
        return part_died(instance.name, state)
    return part_died(
        instance.name,
        {"part": "supervisor", "how": f"ended with exit code {code}", "log": instance.log_tail("supervisor")},
    )


def _stop_supervisor(instance: Instance) -> None:
    """End the processes that the state file names, if they are still those, and remove the folder."""
    state = instance.read_state() or {}
    marks = [state.get("supervisor"), *state.get("parts", {}).values()]
    supervisor = marks[0]
    if supervisor is not None and is_alive(supervisor):
        os.kill(int(supervisor["pid"]), signal.SIGTERM)
        with suppress(WaitTimeout):
            wait_until(
                "the supervisor's end",
                lambda: not is_alive(supervisor),
                within_s=STOP_WITHIN_S * 3,
                every_max_s=0.05,
            )
    for mark in marks:
        if is_alive(mark):
            kill_group(int(mark["pid"]), signal.SIGKILL)
    instance.remove()


def _environment(name: str, state: dict[str, Any]) -> Environment:
    ports = Ports(**state["ports"])
    return Environment(
        target="embedded",
        instance=name,
        aws_endpoint_url=f"http://{LOOPBACK}:{ports.aws}",
        gateway_url=f"http://{LOOPBACK}:{ports.gateway}",
        directory=Instance(name).directory,
        api_urls={system: f"http://{LOOPBACK}:{port}" for system, port in ports.apis.items()},
        region=state["region"],
        pids={part: int(entry["pid"]) for part, entry in state["parts"].items()},
    )
