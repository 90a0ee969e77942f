"""The parts of an embedded environment: how each is started and when it counts as ready."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.targets.instance import Instance
from harness.targets.ports import LOOPBACK, Ports

CALLS_FILE = "calls.jsonl"


@dataclass(frozen=True, slots=True)
class Part:
    """One process: its command, and a URL that answers 200 once it is ready."""

    name: str
    command: tuple[str, ...]
    health_url: str


def parts_of(instance: Instance, ports: Ports, region: str, calls_file: Path | None = None) -> list[Part]:
    """Return the parts of an environment, in the order in which they start.

    `calls_file` is where the record of calls goes; among the logs when it is not given.
    """
    return [_gateway(instance, ports), _cloud(instance, ports, region, calls_file or instance.logs / CALLS_FILE)]


def _gateway(instance: Instance, ports: Ports) -> Part:
    database = instance.work / "gateway.sqlite3"
    command = (
        *(sys.executable, "-P", "-m", "mock_gateway", "--host", LOOPBACK, "--port", str(ports.gateway)),
        *("--database", str(database), "--stop-with-parent"),
    )
    return Part("gateway", command, f"http://{LOOPBACK}:{ports.gateway}/health")


def _cloud(instance: Instance, ports: Ports, region: str, calls_file: Path) -> Part:
    command = (
        *(sys.executable, "-P", "-m", "harness.targets.embedded.cloud", "--instance", instance.name),
        *("--directory", str(instance.directory), "--region", region),
        *("--port", str(ports.aws), "--api-ports", json.dumps(dict(ports.apis))),
        *("--gateway-url", f"http://{LOOPBACK}:{ports.gateway}", "--calls-file", str(calls_file)),
    )
    return Part("cloud", command, f"http://{LOOPBACK}:{ports.aws}/_rehearsal/health")
