"""What the state file of an environment of containers holds: what the engine can't know of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.targets.docker.project import VARIABLES_FILE, inside_urls, project_of
from harness.targets.environment import Environment
from harness.targets.instance import Instance, process_mark
from harness.targets.ports import LOOPBACK, Ports


def begin(instance: Instance, ports: Ports, region: str, keeper_pid: int, calls: Path | None) -> None:
    """Write that an environment starts, who keeps it, and where it will be."""
    instance.write_state(
        {
            "target": "docker",
            "state": "starting",
            "keeper": process_mark(keeper_pid),
            "started_at": datetime.now(UTC).isoformat(),
            "project": project_of(instance.name),
            "ports": ports.to_json(),
            "region": region,
            "calls_file": str(calls.absolute()) if calls else "",
            "images": {},
        }
    )


def becomes_ready(instance: Instance, images: Mapping[str, str]) -> None:
    """Write that it is ready, on these images."""
    instance.write_state({**read(instance), "state": "ready", "images": dict(images)})


def read(instance: Instance) -> dict[str, Any]:
    """Return the state of an environment that is there."""
    state = instance.read_state()
    assert state is not None, "the state file of an environment that starts is there"  # noqa: S101
    return state


def calls_file(state: Mapping[str, Any]) -> Path | None:
    """Return where the owner wants the record of calls, None when nobody said."""
    return Path(state["calls_file"]) if state.get("calls_file") else None


def leave_variables(instance: Instance, variables: Mapping[str, str]) -> None:
    """Leave the compose file's variables where somebody finds them who calls Compose on this project (--env-file)."""
    lines = [f"{name}='{value}'\n" for name, value in variables.items()]
    (instance.directory / VARIABLES_FILE).write_text("".join(lines))


def environment(instance: Instance) -> Environment:
    """Return where everything of a running environment answers."""
    state = read(instance)
    ports = Ports(**state["ports"])
    return Environment(
        target="docker",
        instance=instance.name,
        aws_endpoint_url=f"http://{LOOPBACK}:{ports.aws}",
        gateway_url=f"http://{LOOPBACK}:{ports.gateway}",
        directory=instance.directory,
        api_urls={system: f"http://{LOOPBACK}:{port}" for system, port in ports.apis.items()},
        region=state["region"],
        for_functions=inside_urls(ports),
        images=dict(state["images"]),
    )
