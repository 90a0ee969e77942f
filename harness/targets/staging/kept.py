"""What this machine keeps of a run, in the instance's state file: the run, how far it is, and where its APIs answer.

The file stays until nothing of the run is left in the account: it is what a second `down` goes by.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.targets.environment import Environment
from harness.targets.instance import Instance
from harness.targets.staging.run import Run

READY, ENDING = "ready", "ending"


@dataclass(frozen=True, slots=True)
class Kept:
    """A run, its state, the addresses of its APIs by system, and what was left when its end failed."""

    run: Run
    state: str = READY
    api_urls: Mapping[str, str] = field(default_factory=dict)
    left: tuple[Mapping[str, str], ...] = ()

    def environment(self) -> Environment:
        """Return the run as an environment."""
        run = self.run
        return Environment(
            target="staging",
            instance=run.instance,
            aws_endpoint_url="",
            gateway_url=run.gateway_url,
            directory=Instance(run.instance).directory,
            api_urls=dict(self.api_urls),
            region=run.region,
            account_id=run.account_id,
            run=run.to_json(),
        )


def read_kept(instance: str) -> Kept | None:
    """Return what is kept of an instance's run, None when there is none."""
    state = Instance(instance).read_state()
    if state is None or state.get("target") != "staging":
        return None
    return Kept(Run.from_json(state["run"]), state["state"], dict(state["api_urls"]), tuple(state["left"]))


def keep(kept: Kept) -> None:
    """Write it, in one step."""
    Instance(kept.run.instance).write_state(
        {
            "target": "staging",
            "state": kept.state,
            "run": kept.run.to_json(),
            "api_urls": dict(kept.api_urls),
            "left": [dict(one) for one in kept.left],
        }
    )


def keep_api_url(environment: Environment, system: str, url: str) -> None:
    """Remember where a system's API answers, once it is deployed."""
    with Instance(environment.instance).locked():
        kept = read_kept(environment.instance)
        if kept is not None and kept.run.to_json() == dict(environment.run):
            keep(Kept(kept.run, kept.state, {**kept.api_urls, system: url}, kept.left))


def as_state(kept: Kept) -> dict[str, Any]:
    """Return how a run whose end was not finished is told to have died."""
    log = [f"{one['type']} {one['name']}: {one['remove']}" for one in kept.left]
    return {"part": "the end", "how": "is not finished: rehearse down finishes it", "log": log}
