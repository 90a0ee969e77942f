"""Where a deployed payments system answers: everything a client has to know, as one value that can be handed on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import StackMissing
from harness.targets.environment import Environment


@dataclass(frozen=True, slots=True)
class Deployment:
    """An environment with the payments system in it. `outputs` are the stack's; keys are API keys."""

    environment: Environment
    outputs: Mapping[str, str]
    api_key: str = field(repr=False)
    trial_api_key: str = field(default="", repr=False)

    def output(self, name: str) -> str:
        """Return one output of the stack; raises StackMissing with those that are there."""
        try:
            return self.outputs[name]
        except KeyError:
            known = ", ".join(sorted(self.outputs)) or "none"
            raise StackMissing(f"the payments stack has no output {name}", evidence={"outputs": known}) from None

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; they hold the environment's own API keys."""
        return {
            "environment": self.environment.to_json(),
            "outputs": dict(self.outputs),
            "api_key": self.api_key,
            "trial_api_key": self.trial_api_key,
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Deployment":
        """Read what `to_json` gave."""
        return cls(
            Environment.from_json(values["environment"]), values["outputs"], values["api_key"], values["trial_api_key"]
        )
