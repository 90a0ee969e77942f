"""What the edge's admin endpoints can ask of the target behind it."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Controls(Protocol):
    """The handles that a target gives to its edge."""

    def describe(self) -> Mapping[str, object]:
        """Return what runs here: target, instance, engine and versions."""

    def functions(self) -> Sequence[Mapping[str, object]]:
        """Return one entry a Lambda worker: function, pid, whether it is busy."""

    def kill_function(self, name: str) -> int:
        """Kill every busy worker of the function `name` at once (SIGKILL); return how many there were."""

    async def reset(self) -> None:
        """Forget every stack, table and function: as after `up`."""
