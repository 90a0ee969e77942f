"""Waiting until every container of an environment is of use; the first that ends or turns unhealthy ends the wait.

Most are asked by their published port from here, which needs no program inside an image; PostgreSQL has Docker's check.
"""

import urllib.error
import urllib.request
from collections.abc import Callable, Mapping

from harness.errors import EnvironmentNotReady, WaitTimeout
from harness.targets.docker.containers import Container, containers_of, log_tail
from harness.targets.docker.project import SERVICES
from harness.waiting import wait_until

READY_WITHIN_S = 240.0
ASK_WITHIN_S = 2.0
LOOKED_EVERY_S = 0.4


class Died(Exception):
    """A container ended or turned unhealthy while the others were awaited."""

    def __init__(self, container: Container, log: list[str]) -> None:
        super().__init__(f"{container.service} {container.how}")
        self.container = container
        self.log = log


def await_ready(project: str, health_urls: Mapping[str, str], progress: Callable[[str], None]) -> list[Container]:
    """Return the containers once all are ready, telling of each; raises Died, EnvironmentNotReady."""
    ready: set[str] = set()

    def look() -> list[Container] | None:
        there = {one.service: one for one in containers_of(project) if one.service in SERVICES}
        for container in there.values():
            if not container.is_running and container.state != "created":
                raise Died(container, log_tail(container))
            if container.health == "unhealthy":
                raise Died(container, log_tail(container))
        for service in SERVICES:
            if service in there and service not in ready and _is_ready(there[service], health_urls.get(service, "")):
                ready.add(service)
                progress(f"{service} is ready")
        return [there[service] for service in SERVICES] if ready == set(SERVICES) else None

    try:
        return wait_until("readiness", look, within_s=READY_WITHIN_S, every_s=0.1, every_max_s=LOOKED_EVERY_S)
    except WaitTimeout as timeout:
        raise _not_ready(project, ready) from timeout


def _is_ready(container: Container, url: str) -> bool:
    if not container.is_running:
        return False
    return _answers(url) if url else container.health == "healthy"


def _answers(url: str) -> bool:
    """Say whether a server answers; DynamoDB Local tells whoever does not sign that this is wrong, which is enough."""
    try:
        with urllib.request.urlopen(url, timeout=ASK_WITHIN_S) as answer:  # noqa: S310 - a loopback address of ours
            return bool(answer.status == 200)
    except urllib.error.HTTPError as problem:
        return problem.code == 400
    except OSError:
        return False


def _not_ready(project: str, ready: set[str]) -> EnvironmentNotReady:
    late = [one for one in containers_of(project) if one.service in SERVICES and one.service not in ready]
    logs = "\n".join(f"{one.service}: {line}" for one in late for line in log_tail(one))
    names = ", ".join(one.service for one in late) or "the containers"
    return EnvironmentNotReady(
        f"{names} of {project} did not answer within {READY_WITHIN_S:.0f} s", evidence={"log": logs or "nothing"}
    )
