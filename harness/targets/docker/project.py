"""What an environment of the docker target is made of: names, services, ports, variables of its compose file."""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import ToolMissing
from harness.targets.ports import KNOWN, LOOPBACK, Ports, free_numbers

CHECKOUT = Path(__file__).resolve().parents[3]
# In the order in which they are told; the edge needs all the others.
SERVICES = ("localstack", "dynamodb", "postgres", "moto", "gateway", "edge")
LOAD_SERVICES = ("locust-master", "locust-worker")
PARTS_KNOWN: Mapping[str, int] = {"localstack": 4567, "dynamodb": 8000, "postgres": 5432, "moto": 5000, "locust": 8089}
# Where the containers see each other.
AWS_INSIDE, GATEWAY_INSIDE = "http://edge:4566", "http://gateway:3000"
RECORD_INSIDE = "/var/rehearsal"
RECORD_UID = 10001  # of our images' own user
VARIABLES_FILE = "compose.env"


def project_of(instance: str) -> str:
    """Return the name of an environment's Compose project, which is also its network's."""
    return f"rehearsal-{instance}"


def compose_file() -> Path:
    """Return the compose file of this checkout; raises ToolMissing where there is none."""
    file = CHECKOUT / "docker-compose.yml"
    if not file.is_file():
        raise ToolMissing(
            f"target docker needs Rehearsal's checkout, and {CHECKOUT} has no docker-compose.yml; "
            "without it: rehearse up --target embedded"
        )
    return file


def with_parts(ports: Ports) -> Ports:
    """Return `ports` with those of the parts behind the edge: the known ones beside known ones, else free ones."""
    if ports.parts:
        return ports
    if ports == KNOWN:
        return replace(ports, parts=dict(PARTS_KNOWN))
    return replace(ports, parts=dict(zip(PARTS_KNOWN, free_numbers(len(PARTS_KNOWN)), strict=True)))


def inside_urls(ports: Ports) -> dict[str, str]:
    """Return where functions in containers find what their users find on loopback ports."""
    apis = {system: f"http://edge:{KNOWN.apis[system]}" for system in ports.apis}
    return {"aws": AWS_INSIDE, "gateway": GATEWAY_INSIDE, **apis}


def variables_of(instance: str, ports: Ports, region: str, record: Path) -> dict[str, str]:
    """Return the variables of the compose file, but those that users set themselves (images, executor)."""
    return {
        "REHEARSAL_PROJECT_INSTANCE": instance,
        "REHEARSAL_NETWORK": project_of(instance),
        "REHEARSAL_REGION": region,
        "REHEARSAL_DIRECTORY": str(record),
        "REHEARSAL_USER": owner(),
        "REHEARSAL_AWS_PORT": str(ports.aws),
        "REHEARSAL_GATEWAY_PORT": str(ports.gateway),
        **{f"REHEARSAL_{system.upper()}_PORT": str(at) for system, at in ports.apis.items()},
        **{f"REHEARSAL_{part.upper()}_PORT": str(at) for part, at in ports.parts.items()},
    }


def owner() -> str:
    """Return as whom the edge runs, `uid:gid`: whoever started it, so that its record is theirs, but never root."""
    return f"{os.getuid()}:{os.getgid()}" if os.getuid() else f"{RECORD_UID}:{RECORD_UID}"


def images_variable(images: Mapping[str, str]) -> dict[str, str]:
    """Return the variable that tells the edge which images run beside it."""
    return {"REHEARSAL_IMAGES": json.dumps(dict(images))}


def health_urls(ports: Ports) -> dict[str, str]:
    """Return the URL of each service that answers once it is ready; a service without one has Docker's own check."""
    return {
        "localstack": f"http://{LOOPBACK}:{ports.parts['localstack']}/_localstack/health",
        "dynamodb": f"http://{LOOPBACK}:{ports.parts['dynamodb']}/",
        "moto": f"http://{LOOPBACK}:{ports.parts['moto']}/moto-api/",
        "gateway": f"http://{LOOPBACK}:{ports.gateway}/health",
        "edge": f"http://{LOOPBACK}:{ports.aws}/_rehearsal/health",
    }
