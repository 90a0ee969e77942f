"""Faults that last longer than a block of a test: healed together, last in first out, whatever happens."""

from typing import TypeVar

from harness.clients import Fault
from harness.errors import RehearsalError

Held = TypeVar("Held", bound=Fault)


class HealingFailed(RehearsalError):
    """A fault could not be ended; what follows may still run under it."""


class FaultStack:
    """Holds faults until `heal_all`, which tries every one of them even when some can't be healed."""

    def __init__(self) -> None:
        self._held: list[Fault] = []

    def hold(self, fault: Held) -> Held:
        """Start a fault now; it bites until it is healed."""
        fault.__enter__()
        self._held.append(fault)
        return fault

    def heal_all(self) -> None:
        """End every fault, the last one first; raises HealingFailed with those that could not be ended."""
        problems: dict[str, str] = {}
        while self._held:
            fault = self._held.pop()
            try:
                fault.heal()
            except Exception as problem:  # noqa: BLE001 - the other faults have to be healed all the same
                problems[str(fault.rule["kind"])] = f"{type(problem).__name__}: {problem}"
        if problems:
            raise HealingFailed(f"{len(problems)} faults could not be healed", evidence=problems)
