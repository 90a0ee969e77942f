"""How an environment is, and how it is told that a part of it died; the same for every target."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import PartDied
from harness.targets.environment import Environment


@dataclass(frozen=True, slots=True)
class Status:
    """How an environment is: `state` is "down", "starting", "ready" or "dead".

    `parts` says of each part by name its `state`, and what tells it apart (`pid`, or `container` and `image`).
    """

    instance: str
    state: str
    environment: Environment | None = None
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)
    started_at: str = ""
    death: dict[str, Any] = field(default_factory=dict)


def part_died(name: str, death: Mapping[str, Any], remedy: str = "") -> PartDied:
    """Return the error that tells how a part of the environment `name` died (`part`, `how`, `log`: its last lines)."""
    evidence = {"log": "\n".join(death["log"])} if death.get("log") else {}
    return PartDied(f"{death['part']} of environment {name!r} {death['how']}", evidence=evidence, remedy=remedy)
