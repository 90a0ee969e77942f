"""When a fault bites: limits over time and over the calls that match."""

import asyncio
import math
from collections import OrderedDict
from dataclasses import dataclass, field

from harness.edge.call import Call
from harness.edge.faults.fault import Dice, Fault, Phase
from harness.edge.faults.match import Match

IDENTITIES_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class When:
    """Limits of a rule; all of them have to allow a call for the fault to bite it. None is no limit."""

    nth: int | None = None  # only the n-th call that matches
    times: int | None = None  # at most so many firings
    probability: float | None = None
    seed: int = 0
    fail: int = 0  # flapping: so many fail, then so many pass, and again
    let_pass: int = 0
    after_s: float = 0.0  # since the rule was set, by the edge's clock
    for_s: float = math.inf
    ttl_s: float = math.inf

    @property
    def is_timed(self) -> bool:
        """Whether time limits the rule."""
        return self.after_s > 0 or self.for_s < math.inf or self.ttl_s < math.inf

    def allows_age(self, age_s: float) -> bool:
        """Say whether a rule that was set so long ago bites now."""
        return self.after_s <= age_s < min(self.after_s + self.for_s, self.ttl_s)


@dataclass(kw_only=True)
class Rule:
    """A fault with its match and its limits, and what it has seen."""

    id: str
    name: str
    match: Match
    fault: Fault
    phase: Phase
    when: When
    on_errors: bool = False  # bite after the effect although the upstream refused
    set_at_s: float = 0.0  # by the edge's clock
    origin: str = ""  # the file it came from, or whose API it was set by; "" for the admin API
    seen: int = 0
    claimed: int = 0
    fired: int = 0
    missed: int = 0
    missed_why: str = ""
    is_healed: bool = False
    _attempts: "OrderedDict[str, int]" = field(default_factory=OrderedDict)
    _held: "set[asyncio.Future[None]]" = field(default_factory=set)

    def is_on(self, now_s: float) -> bool:
        """Say whether a call could be bitten now."""
        when = self.when
        is_spent = (when.times is not None and self.claimed >= when.times) or (
            when.nth is not None and self.seen >= when.nth
        )
        return not is_spent and when.allows_age(self._age_s(now_s))

    def is_expired(self, now_s: float) -> bool:
        """Say whether the rule has healed by itself."""
        return self._age_s(now_s) >= self.when.ttl_s

    def claim(self, call: Call, now_s: float) -> Dice | None:
        """Return the dice of a call that matches and is to be bitten, None when it passes. `now_s` is the edge's."""
        if self.when.is_timed and not self.when.allows_age(self._age_s(now_s)):
            return None
        self.seen += 1
        identity = identity_of(call)
        dice = Dice(self.when.seed, identity, self._attempt(identity))
        if not self._allows(dice):
            return None
        why = self.fault.misses(call)
        if why:
            self.miss(why)
            return None
        self.claimed += 1
        return dice

    def miss(self, why: str) -> None:
        """Count a call that the fault could not bite."""
        self.missed += 1
        self.missed_why = why

    async def hold(self, duration_s: float) -> None:
        """Wait, at most until the rule is healed."""
        if self.is_healed:
            return
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()
        timer = loop.call_later(duration_s, _settle, over)
        self._held.add(over)
        try:
            await over
        finally:
            timer.cancel()
            self._held.discard(over)

    def release(self) -> None:
        """Be healed: let go of every call that is held up."""
        self.is_healed = True
        for over in tuple(self._held):
            _settle(over)

    def _age_s(self, now_s: float) -> float:
        # The edge's clock goes back when it is reset; a rule is then as young as it can be.
        return max(now_s - self.set_at_s, 0.0)

    def _allows(self, dice: Dice) -> bool:
        when = self.when
        if when.nth is not None and self.seen != when.nth:
            return False
        if when.times is not None and self.claimed >= when.times:
            return False
        if when.fail and (self.seen - 1) % (when.fail + when.let_pass) >= when.fail:
            return False
        return when.probability is None or dice.throw("fails") < when.probability

    def _attempt(self, identity: str) -> int:
        # A retry throws anew, or it could never succeed; which attempt it is makes its throw repeatable.
        attempt = self._attempts.pop(identity, 0) + 1
        self._attempts[identity] = attempt
        if len(self._attempts) > IDENTITIES_MAX:
            self._attempts.popitem(last=False)
        return attempt


def identity_of(call: Call) -> str:
    """Return what makes two calls the same call: what is asked, about what, by which function."""
    about = "\x1e".join(f"{target.resource}\x1d{target.key}" for target in call.targets)
    return f"{call.service}\x1f{call.operation}\x1f{about}\x1f{call.caller}"


def _settle(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)
