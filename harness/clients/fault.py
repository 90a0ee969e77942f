"""A fault that a test has set somewhere: at the card gateway or at the edge. Both are used and told in the same way.

A fault is prepared first and bites inside its `with` block. What it did stays known after it was healed, for the test's
assertions and for the report. Which faults there are is said by harness.faults, what they mean by where they are set.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from harness.clock import SYSTEM_CLOCK
from harness.errors import RehearsalError


class FaultNotFired(RehearsalError, AssertionError):
    """A fault was set and never bit: what was tested under it was tested without it."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Firings:
    """How often a fault fired, and when: the instants (ISO 8601) that are still remembered, oldest first.

    `seen` is how many calls its rule matched, None where that is not told.
    """

    count: int = 0
    instants: tuple[str, ...] = ()
    seen: int | None = None


class FaultBoard(Protocol):
    """Where faults are set."""

    def add_fault(self, rule: Mapping[str, Any]) -> str:
        """Set a fault and return its id."""

    def end_fault(self, fault_id: str) -> Firings:
        """Heal a fault and return its firings; one that is gone already is fine."""

    def firings(self, fault_id: str) -> Firings:
        """Return the firings of a fault so far."""


class Fault:
    """A fault that bites between entering and leaving a `with` block; `fired` tells how often, also afterwards.

    `place` is where it was set: `gateway` or `aws`.
    """

    place = ""

    def __init__(self, board: FaultBoard, rule: Mapping[str, Any]) -> None:
        self._board = board
        self.rule = dict(rule)
        self.set_at: datetime | None = None
        self.healed_at: datetime | None = None
        self._fault_id = ""
        self._last = Firings()

    def __enter__(self) -> Self:
        self._fault_id = self._board.add_fault(self.rule)
        self.set_at = SYSTEM_CLOCK.now()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.heal()

    def heal(self) -> None:
        """End the fault; again is harmless."""
        if self._fault_id:
            self._last = self._board.end_fault(self._fault_id)
            self.healed_at = SYSTEM_CLOCK.now()
            self._fault_id = ""

    @property
    def firings(self) -> Firings:
        """How often the fault fired and when, also afterwards."""
        return self._board.firings(self._fault_id) if self._fault_id else self._last

    @property
    def fired(self) -> int:
        """How often the fault fired."""
        return self.firings.count

    def must_have_fired(self, times_min: int = 1) -> None:
        """Raise FaultNotFired unless the fault fired that often."""
        firings = self.firings
        if firings.count < times_min:
            seen = {} if firings.seen is None else {"seen": f"{firings.seen} calls that its rule matches"}
            raise FaultNotFired(
                f"fault {self.rule['kind']} fired {firings.count} times, expected at least {times_min}",
                evidence={"rule": self.rule, **seen},
            )
