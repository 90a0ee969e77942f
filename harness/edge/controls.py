"""What the edge can ask of the target behind it."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

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
        """Kill every busy worker of the function `name` at once (SIGKILL); return how many there were.

        Raises TargetLacks where functions run out of reach.
        """

    def kill_invocation(self, request_id: str) -> bool:
        """Kill the worker that runs this invocation at once (SIGKILL); False when none does."""

    async def reset(self, namespace: Namespace | None = None) -> None:
        """Forget every stack, table and function of a namespace, or (None) of all: as after `up`."""


@runtime_checkable
class Watched(Protocol):
    """Controls of a target that has servers of its own behind the edge."""

    async def ailing(self) -> Mapping[str, str]:
        """Return what is wrong with the servers that do not answer as they should, by name."""
