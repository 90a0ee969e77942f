"""When a fault bites: conditions over time and over the requests that match it."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from mock_gateway.calls import Call
from mock_gateway.faults.fault import Dice, Fault, Phase
from mock_gateway.faults.match import Match

IDENTITIES_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class When:
    """Limits of a rule; all of them have to allow a request for the fault to bite it. None is no limit."""

    # Only the n-th request that matches.
    nth: int | None = None
    # At most so many firings.
    times: int | None = None
    probability: float | None = None
    seed: int = 0
    # Flapping: so many fail, then so many pass, and again.
    fail: int = 0
    let_pass: int = 0
    # Seconds since the rule was set.
    from_s: float = 0.0
    to_s: float = math.inf
    ttl_s: float = math.inf


@dataclass(kw_only=True)
class Rule:
    """A fault with its match and its limits, and what it has seen; the board guards it against races."""

    id: str
    name: str | None
    match: Match
    fault: Fault
    phase: Phase
    when: When
    set_at: str
    set_at_monotonic_s: float
    matched: int = 0
    claimed: int = 0
    fired: int = 0
    _attempts: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def is_expired(self, now_s: float) -> bool:
        """Say whether the rule has healed by itself."""
        return now_s - self.set_at_monotonic_s >= self.when.ttl_s

    def claim(self, call: Call, now_s: float) -> Dice | None:
        """Return the dice of a request that the fault is to bite, None when it passes."""
        if not self._is_on(now_s) or not self.match.fits(call, self.fault.operations):
            return None
        self.matched += 1
        dice = Dice(self.when.seed, call.identity(), self._attempt(call.identity()))
        if not self._allows(dice):
            return None
        self.claimed += 1
        return dice

    def _is_on(self, now_s: float) -> bool:
        age_s = now_s - self.set_at_monotonic_s
        return self.when.from_s <= age_s < min(self.when.to_s, self.when.ttl_s)

    def _allows(self, dice: Dice) -> bool:
        when = self.when
        if when.nth is not None and self.matched != when.nth:
            return False
        if when.times is not None and self.claimed >= when.times:
            return False
        if when.fail and (self.matched - 1) % (when.fail + when.let_pass) >= when.fail:
            return False
        return when.probability is None or dice.throw("fails") < when.probability

    def _attempt(self, identity: str) -> int:
        # A retry throws anew, or it could never succeed; which attempt it is makes its throw repeatable.
        attempt = self._attempts.pop(identity, 0) + 1
        self._attempts[identity] = attempt
        if len(self._attempts) > IDENTITIES_MAX:
            self._attempts.popitem(last=False)
        return attempt
