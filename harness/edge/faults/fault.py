"""What a kind of fault is: the moments of a call at which it may change what happens.

A call that meets a fault in phase `before` never reaches the upstream, and its client gets a spoilt error, unless the
kind lets calls go on. In phase `after` the upstream has acted, then its answer is spoilt. Every kind is a frozen
dataclass whose fields are its arguments in a rule.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self

from harness.edge.aws import refusal
from harness.edge.call import Answer, Call, Proceed, Target
from harness.edge.faults.match import Match

DELAY_MS_MAX = 3_600_000


class Phase(StrEnum):
    """On which side of the effect a fault bites."""

    BEFORE = "before"
    AFTER = "after"


class Dice:
    """Numbers in [0, 1) that depend on nothing but a seed and the call they are thrown for.

    A call that fails at probability 0.1 also fails at 0.3 with the same seed: failure sets nest.
    """

    def __init__(self, seed: int, identity: str, occurrence: int) -> None:
        self._origin = f"{seed}\x1f{identity}\x1f{occurrence}\x1f"

    def throw(self, what: str) -> float:
        """Return the number for one question about the call."""
        digest = hashlib.blake2b((self._origin + what).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        # 53 bits are what a float holds: more would round up to 1.0 now and then.
        return (int.from_bytes(digest, "big") >> 11) / 2**53


class Hold(Protocol):
    """A fault's hold on one call."""

    @property
    def dice(self) -> Dice:
        """The call's dice."""

    @property
    def target(self) -> Target:
        """What the rule matched in the call."""

    def means(self, target: Target) -> bool:
        """Say whether the rule's resource and key mean a target; without either they mean all."""

    def fire(self, *, effect: bool | None) -> None:
        """Record that the fault bites; `effect` says whether the upstream did what the call asked (None: unknown)."""

    def miss(self, why: str) -> None:
        """Record that the fault found nothing to bite."""

    async def wait(self, duration_s: float) -> None:
        """Hold the call up, at most until the fault is healed."""

    async def wait_for_client(self, duration_s: float) -> None:
        """Hold the call up until its client gives up, at most so long and until the fault is healed."""

    def kill_caller(self) -> str:
        """Kill the Lambda worker that made the call; return "" or why that was not possible."""


@dataclass(frozen=True)
class Fault(ABC):
    """What goes wrong; kinds say what they make of an answer."""

    kind: ClassVar[str]
    # The first is the default of a rule that names no phase.
    phases: ClassVar[tuple[Phase, ...]] = (Phase.BEFORE, Phase.AFTER)
    # Whether there is nothing to spoil in an answer without a body.
    needs_body: ClassVar[bool] = False

    @classmethod
    def made_of(cls, given: Mapping[str, Any]) -> Self:
        """Return the fault of these arguments, whose types and bounds are right. Raises RuleInvalid."""
        return cls(**given)

    def check(self, _meant: Match, /) -> None:
        """Raise RuleInvalid when this fault can't befall any call that a match means."""
        return

    def misses(self, _call: Call, /) -> str:
        """Return why this fault can't befall a call, "" when it can."""
        return ""

    async def before(self, hold: Hold, call: Call, _proceed: Proceed, /) -> Answer:
        """Befall a call on its way in."""
        hold.fire(effect=False)
        return await self.spoil(hold, call, unavailable(call))

    async def after(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        """Befall an answer on its way out."""
        if not answer.body and answer.rest is None and self.needs_body:
            hold.miss("the answer has no body")
            return answer
        hold.fire(effect=had_effect(call, answer))
        return await self.spoil(hold, call, answer)

    @abstractmethod
    async def spoil(self, hold: Hold, call: Call, answer: Answer, /) -> Answer:
        """Return what the client gets instead of `answer`."""


def had_effect(call: Call, answer: Answer) -> bool:
    """Say whether the upstream did what a call asked.

    An error answer means no, unless the edge saw the change of the item itself: then only the answer went wrong.
    """
    return answer.status < 400 or call.marks.get("effect") is True


def unavailable(call: Call) -> Answer:
    """Return the error that is spoilt when the upstream was never asked: every AWS service has a 500 of its own."""
    code = "InternalServerError" if call.service == "dynamodb" else "InternalFailure"
    return refusal(call, code, "The service could not handle the request because a fault was set.", 500)


def argument(default: Any, *, says: str, at_least: float | None = None, at_most: float | None = None) -> Any:
    """Declare an argument of a kind, what it means and its bounds; a rule outside them is refused."""
    return field(default=default, metadata={"says": says, "at_least": at_least, "at_most": at_most})


def milliseconds(default: int | None, *, says: str) -> Any:
    """Declare an argument in milliseconds, an hour at most."""
    return argument(default, says=says, at_least=0, at_most=DELAY_MS_MAX)
