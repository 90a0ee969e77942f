"""Faults of time: the answer is right, and late."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from harness.edge.call import Answer, Call, Proceed
from harness.edge.documents import RuleInvalid
from harness.edge.faults.distribution import Distribution, distribution_of
from harness.edge.faults.fault import Fault, Hold, argument, milliseconds

DELAY_MS_DEFAULT = 1_000


@dataclass(frozen=True)
class Latency(Fault):
    """Hold the call up by `delay_ms` (1000 when nothing is given), or as drawn from `distribution`; then go on.

    Before the effect the call itself is late, and takes effect although its client may have given up; after it, only
    the answer is. Healing lets go of what is held up.
    """

    kind = "latency"
    delay_ms: int | None = milliseconds(None, says="how long; 1000 without a distribution")
    distribution: Distribution | None = argument(None, says="how long, drawn from the rule's seed")  # noqa: RUF009 (a field)

    @classmethod
    def made_of(cls, given: Mapping[str, Any]) -> Self:
        """Return the fault of these arguments. Raises RuleInvalid."""
        if len(given) > 1:
            raise RuleInvalid("a latency has both delay_ms and distribution, expected one of them")
        if "distribution" in given:
            return cls(distribution=distribution_of(given["distribution"]))
        return cls(delay_ms=given.get("delay_ms", DELAY_MS_DEFAULT))

    async def before(self, hold: Hold, call: Call, proceed: Proceed, /) -> Answer:
        hold.fire(effect=None)
        await hold.wait(self._delay_s(hold))
        return await proceed(call)

    async def spoil(self, hold: Hold, _call: Call, answer: Answer, /) -> Answer:
        await hold.wait(self._delay_s(hold))
        return answer

    def _delay_s(self, hold: Hold) -> float:
        if self.distribution is not None:
            return self.distribution.delay_ms(hold.dice.throw("delay")) / 1000
        return (self.delay_ms or 0) / 1000
