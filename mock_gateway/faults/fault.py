"""What a kind of fault is: the moments of a request at which it may change what happens.

A request that meets a fault in phase `before` has no effect and gets `spoil(UNAVAILABLE)`, unless the kind carries on.
In phase `after` the effect is committed, then the answer is spoilt. Every kind is a frozen dataclass whose fields are
its arguments in a rule.
"""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

from mock_gateway.answer import Answer
from mock_gateway.calls import OPERATIONS


class Phase(StrEnum):
    """On which side of the commit a fault bites."""

    BEFORE = "before"
    AFTER = "after"


UNAVAILABLE = Answer.of(
    500,
    {"error": {"type": "api_error", "code": "internal_error", "message": "the gateway could not handle the request"}},
)


class Dice:
    """Numbers in [0, 1) that depend on nothing but a seed and the request they are thrown for.

    A request that fails at probability 0.1 also fails at 0.3 with the same seed: failure sets nest.
    """

    def __init__(self, seed: int, identity: str, occurrence: int) -> None:
        self._origin = f"{seed}\x1f{identity}\x1f{occurrence}"

    def throw(self, what: str) -> float:
        """Return the number for one question about the request."""
        digest = hashlib.sha256(f"{self._origin}\x1f{what}".encode()).digest()
        return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(frozen=True)
class Fault:
    """Nothing goes wrong; kinds override the moment at which they bite."""

    kind: ClassVar[str] = "none"
    # The first is the default of a rule that names no phase.
    phases: ClassVar[tuple[Phase, ...]] = (Phase.BEFORE, Phase.AFTER)
    operations: ClassVar[tuple[str, ...]] = OPERATIONS
    # Before the commit, the request is only held up and then carried out.
    carries_on: ClassVar[bool] = False
    executions: ClassVar[int] = 1

    def pause_s(self, _dice: Dice, /) -> float:
        """Return how long the request is held up, in seconds."""
        return 0.0

    def spoil(self, answer: Answer, /) -> Answer:
        """Return what the client gets instead of `answer`; the same object when there is nothing to spoil."""
        return answer

    def is_kept(self, _phase: Phase, /) -> bool:
        """Say whether the spoilt answer becomes the first answer of the request's idempotency key."""
        return False

    def reads_ago_s(self) -> float:
        """Return how old the state is that a look-up sees, in seconds."""
        return 0.0


def argument(default: Any, *, at_least: float | None = None, at_most: float | None = None) -> Any:
    """Declare an argument of a kind with its bounds; a rule outside them is refused."""
    return field(default=default, metadata={"at_least": at_least, "at_most": at_most})


def milliseconds(default: int, *, at_most: int = 600_000) -> Any:
    """Declare an argument in milliseconds."""
    return argument(default, at_least=0, at_most=at_most)
