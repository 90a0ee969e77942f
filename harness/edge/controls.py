"""What the edge can ask of the target behind it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.edge.call import Namespace


class Controls(Protocol):
    """The handles that a target gives to its edge."""

    def describe(self) -> Mapping[str, object]:
        """Return what runs here: target, instance, engine and versions."""

    def account_of(self, access_key: str) -> str:
        """Return the account that an access key belongs to ("": no key was given)."""

    def functions(self) -> Sequence[Mapping[str, object]]:
        """Return one entry a Lambda worker: function, pid, whether it is busy."""

    def kill_function(self, name: str) -> int:
        """Kill every busy worker of the function `name` at once (SIGKILL); return how many there were."""

    def kill_invocation(self, request_id: str) -> bool:
        """Kill the worker that runs this invocation at once (SIGKILL); False when none does."""

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Forget every stack, table and function of a namespace, or (None) of all: as after `up`."""
