"""Faults of time: the answer is right, and late."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from mock_gateway.faults.fault import Dice, Fault, argument, milliseconds

_NORMAL = NormalDist()
_P99_DEVIATIONS = _NORMAL.inv_cdf(0.99)


@dataclass(frozen=True)
class Slow(Fault):
    """Take `delay_ms` longer: before the commit the key is in flight meanwhile, after it only the answer is late.

    `jitter_ms` adds up to that much evenly; `p99_ms` makes it log-normal with median `delay_ms`; a spike of `spike_ms`
    comes on top with `spike_probability`. Drawn from the rule's seed, so a run can be repeated.
    """

    kind = "slow"
    carries_on = True
    delay_ms: int = milliseconds(1000)
    jitter_ms: int = milliseconds(0)
    p99_ms: int = milliseconds(0)
    spike_ms: int = milliseconds(0)
    spike_probability: float = argument(0.0, at_least=0, at_most=1)

    def pause_s(self, dice: Dice, /) -> float:
        delay_ms = self._distributed_ms(dice) + self.jitter_ms * dice.throw("jitter")
        if dice.throw("spike") < self.spike_probability:
            delay_ms += self.spike_ms
        return min(delay_ms, 600_000) / 1000

    def _distributed_ms(self, dice: Dice) -> float:
        if not self.p99_ms or not self.delay_ms:
            return self.delay_ms
        sigma = math.log(max(self.p99_ms / self.delay_ms, 1.0)) / _P99_DEVIATIONS
        drawn = min(max(dice.throw("delay"), 1e-9), 1 - 1e-9)
        return self.delay_ms * math.exp(sigma * _NORMAL.inv_cdf(drawn))
