"""The images that an environment runs: pulled when they are missing, and ours built when their sources changed.

Our images carry a label with a digest of all that goes into them; an image whose label is the sources' is not built
again. Which image is used is Compose's to say (`config`), because users choose by variables.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from harness.errors import EnvironmentNotReady
from harness.targets.docker.compose import Compose
from harness.targets.docker.engine import docker

PULL_WITHIN_S = 1800.0
LABEL = "rehearsal.content"
_EDGE = ("Dockerfile", "pyproject.toml", "requirements.lock", "harness")
# What goes into each image of ours, below the checkout, and the variable that carries its digest into the build.
SOURCES: Mapping[str, tuple[str, ...]] = {
    "edge": _EDGE,
    "gateway": ("mock_gateway", "requirements.lock"),
    "load": (*_EDGE, "systems", "loadtests"),
}
# The variables by which users choose another image.
CHOSEN_BY = {
    "localstack": "LOCALSTACK_IMAGE",
    "dynamodb": "DYNAMODB_LOCAL_IMAGE",
    "postgres": "POSTGRES_IMAGE",
    "moto": "MOTO_IMAGE",
}
BASE_VARIABLE = "PYTHON_IMAGE"
_CHOSEN_TOO = (
    "LAMBDA_RUNTIME_EXECUTOR",
    "LOCALSTACK_MEMORY",
    "REHEARSAL_DOCKER_SOCKET",
    "REHEARSAL_TABLES_IN_LOCALSTACK",
)


def chosen() -> dict[str, str]:
    """Return what the user's shell says of the compose file: of images, how functions run, and where tables are."""
    names = (*CHOSEN_BY.values(), BASE_VARIABLE, *_CHOSEN_TOO)
    return {name: os.environ[name] for name in names if os.environ.get(name)}


def contents(checkout: Path) -> dict[str, str]:
    """Return the variables with the digests of what our images are made of."""
    return {f"REHEARSAL_{name.upper()}_CONTENT": _digest(checkout, sources) for name, sources in SOURCES.items()}


def bring(compose: Compose, services: tuple[str, ...], progress: Callable[[str], None]) -> dict[str, str]:
    """Pull and build what is missing or old; return, by service, each image's name and what identifies it.

    Raises EnvironmentNotReady with the variable to set for an image that can't be had.
    """
    told = compose.config()["services"]
    for service in services:
        if "build" not in told[service] and _inspected(told[service]["image"]) is None:
            _pull(service, told[service]["image"], progress)
    old = [service for service in services if "build" in told[service] and not _is_current(told[service])]
    if old:
        _build(compose, old, progress)
    return {service: identified(told[service]["image"]) for service in services}


def identified(image: str) -> str:
    """Return an image's name with its digest at its registry, or its id where it has none."""
    found = _inspected(image) or {}
    digests = [one.partition("@")[2] for one in found.get("RepoDigests") or []]
    mark = f"digest {digests[0][:19]}" if digests else f"id {str(found.get('Id', 'unknown'))[:19]}"
    return f"{image} ({mark})"


def _pull(service: str, image: str, progress: Callable[[str], None]) -> None:
    progress(f"{service}: pulling {image}, as it is not on this machine")
    started_s = monotonic()
    try:
        docker("pull", "--quiet", image, within_s=PULL_WITHIN_S)
    except EnvironmentNotReady as problem:
        raise EnvironmentNotReady(
            f"image {image} of {service} is not on this machine and can't be pulled",
            evidence=problem.evidence or {"seen": problem.headline},
            remedy=f"name one that can be had: {CHOSEN_BY[service]}=IMAGE rehearse up --target docker",
        ) from problem
    progress(f"{service}: pulled {image} in {monotonic() - started_s:.0f} s")


def _build(compose: Compose, services: list[str], progress: Callable[[str], None]) -> None:
    names = " and ".join(services)
    base = os.environ.get(BASE_VARIABLE) or "python:3.13-slim"
    progress(f"{names}: building from {base}, as there is none of these sources (a minute, the first time)")
    started_s = monotonic()
    try:
        compose.build(services)
    except EnvironmentNotReady as problem:
        raise EnvironmentNotReady(
            f"the image of {names} could not be built from {base}",
            evidence=problem.evidence,
            remedy=f"where the base can't be pulled, name another: {BASE_VARIABLE}=IMAGE rehearse up --target docker",
        ) from problem
    progress(f"{names}: built in {monotonic() - started_s:.0f} s")


def _is_current(service: Mapping[str, Any]) -> bool:
    labels = service["build"].get("labels") or {}
    if not isinstance(labels, dict):  # a list of NAME=VALUE, as Compose also writes it
        labels = dict(one.split("=", 1) for one in labels)
    found = _inspected(service["image"])
    return found is not None and (found["Config"].get("Labels") or {}).get(LABEL) == labels[LABEL]


def _inspected(image: str) -> dict[str, Any] | None:
    try:
        read: list[dict[str, Any]] = json.loads(docker("image", "inspect", image))
    except EnvironmentNotReady:
        return None
    return read[0]


def _digest(checkout: Path, sources: tuple[str, ...]) -> str:
    digest = hashlib.sha256(os.environ.get(BASE_VARIABLE, "").encode())
    for file in _files(checkout, sources):
        digest.update(str(file.relative_to(checkout)).encode() + b"\0")
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:32]


def _files(checkout: Path, sources: tuple[str, ...]) -> Iterator[Path]:
    for name in sources:
        place = checkout / name
        found = sorted(place.rglob("*")) if place.is_dir() else [place]
        yield from (one for one in found if one.is_file() and "__pycache__" not in one.parts)
