"""Where deployed systems answer: everything a client has to know, as one value that can be handed on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.errors import StackMissing
from harness.targets.environment import Environment


@dataclass(frozen=True, slots=True)
class DeployedSystem:
    """One system of an environment: its stack's `outputs`, its API `keys` by what they are for ("API_KEY")."""

    name: str
    outputs: Mapping[str, str]
    keys: Mapping[str, str] = field(default_factory=dict, repr=False)

    def output(self, name: str) -> str:
        """Return one output of the stack; raises StackMissing with those that are there."""
        try:
            return self.outputs[name]
        except KeyError:
            known = ", ".join(sorted(self.outputs)) or "none"
            raise StackMissing(f"the {self.name} stack has no output {name}", evidence={"outputs": known}) from None

    def key(self, name: str = "API_KEY") -> str:
        """Return an API key that the stack made; "" when it made none."""
        return self.keys.get(name, "")

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values; they hold the system's own API keys."""
        return {"name": self.name, "outputs": dict(self.outputs), "keys": dict(self.keys)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "DeployedSystem":
        """Read what `to_json` gave."""
        return cls(values["name"], values["outputs"], values["keys"])


Deploy = Callable[[str], DeployedSystem]


class Deployment:
    """An environment and the systems in it; one that nobody asked for before is deployed by `deploy`.

    `deploy` has to be safe for threads, and to give the same again for the same name.
    """

    def __init__(self, environment: Environment, deploy: Deploy) -> None:
        self.environment = environment
        self._deploy = deploy
        self._systems: dict[str, DeployedSystem] = {}

    def system(self, name: str) -> DeployedSystem:
        """Return a deployed system; raises what went wrong when it could not be deployed."""
        if name not in self._systems:
            self._systems[name] = self._deploy(name)
        return self._systems[name]

    @property
    def systems(self) -> tuple[DeployedSystem, ...]:
        """The systems that somebody asked for so far."""
        return tuple(self._systems.values())

    @property
    def secrets(self) -> tuple[str, ...]:
        """The keys of those systems: what no file may hold."""
        return tuple(key for system in self.systems for key in system.keys.values() if key)
