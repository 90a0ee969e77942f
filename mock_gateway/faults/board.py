"""The rules that are set, and the record of every time that one of them bit."""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mock_gateway.calls import Call
from mock_gateway.clock import Clock, to_text
from mock_gateway.faults.fault import Dice, Fault, Phase
from mock_gateway.faults.rule import Rule
from mock_gateway.money.cards import masked

RULES_MAX = 1_000
FIRINGS_REMEMBERED_MAX = 10_000
_log = logging.getLogger("mock_gateway.faults")


class Bite:
    """One fault's hold on one request, until it fired or turned out to have nothing to bite."""

    def __init__(self, board: "Board", rule: Rule, call: Call, dice: Dice) -> None:
        self._board = board
        self._rule = rule
        self._call = call
        self._dice = dice
        self.fault = rule.fault
        self.rule_id = rule.id
        self.has_fired = False

    def is_in(self, phase: Phase, /) -> bool:
        """Say whether the fault bites in this phase."""
        return self._rule.phase is phase

    def is_kept(self) -> bool:
        """Say whether the request's key is to keep the spoilt answer."""
        return self.fault.is_kept(self._rule.phase)

    def pause_s(self) -> float:
        """Return how long the request is held up, in seconds."""
        return self.fault.pause_s(self._dice)

    def fire(self) -> None:
        """Record that the fault has an effect; again is harmless."""
        if not self.has_fired:
            self.has_fired = True
            self._board.record(self._rule, self._call)

    def settle(self) -> None:
        """Give the claim back when the fault had nothing to bite, so that `times` counts firings alone."""
        if not self.has_fired:
            self._board.give_back(self._rule)


class NoBite(Bite):
    """What holds a request that no fault is meant for."""

    def __init__(self) -> None:
        self.fault = Fault()
        self.rule_id = ""
        self.has_fired = False

    def is_in(self, _phase: Phase, /) -> bool:
        return False

    def is_kept(self) -> bool:
        return False

    def pause_s(self) -> float:
        return 0.0

    def fire(self) -> None:
        """Nothing fires."""

    def settle(self) -> None:
        """Nothing was claimed."""


NO_BITE = NoBite()


@dataclass(frozen=True, slots=True)
class Firing:
    """A fault that bit a request."""

    fault: str
    name: str | None
    kind: str
    phase: str
    operation: str
    reference: str
    idempotency_key: str
    request_id: str
    at: str
    sequence: int


class Board:
    """The rules in the order in which they were set; the first that bites a request is its fault. Thread-safe."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._rules: dict[str, Rule] = {}
        self._firings: deque[Firing] = deque(maxlen=FIRINGS_REMEMBERED_MAX)
        self._counts: Counter[str] = Counter()
        self._counts_by_kind: Counter[tuple[str, str]] = Counter()
        self._firings_count = 0
        self._lock = threading.Lock()
        # Called when something was healed, for what holds requests until then.
        self.healed: Callable[[], None] = lambda: None

    def add(self, *rules: Rule) -> bool:
        """Set rules, behind those that are set; False, and none of them set, when there are too many."""
        with self._lock:
            self._drop_expired()
            if len(self._rules) + len(rules) > RULES_MAX:
                return False
            self._rules |= {rule.id: rule for rule in rules}
            return True

    def replace(self, *rules: Rule) -> bool:
        """Heal everything and set these rules instead, in one step; False, nothing healed, when they are too many."""
        with self._lock:
            if len(rules) > RULES_MAX:
                return False
            self._rules = {rule.id: rule for rule in rules}
        self.healed()
        return True

    def rules(self) -> list[Rule]:
        """Return the rules that are set, first match first."""
        with self._lock:
            self._drop_expired()
            return list(self._rules.values())

    def find(self, rule_id: str) -> Rule | None:
        """Return a rule that is set."""
        with self._lock:
            self._drop_expired()
            return self._rules.get(rule_id)

    def remove(self, rule_id: str) -> Rule | None:
        """Heal one fault; None when it is not set."""
        with self._lock:
            rule = self._rules.pop(rule_id, None)
        self.healed()
        return rule

    def remove_all(self) -> int:
        """Heal every fault and return how many there were."""
        with self._lock:
            count = len(self._rules)
            self._rules.clear()
        self.healed()
        return count

    def choose(self, call: Call, own: Rule | None = None) -> Bite:
        """Return the fault that is to bite a request: its own (from a header), or that of the first rule."""
        if own is None and not self._rules:
            return NO_BITE
        now_s = self._clock.monotonic_s()
        with self._lock:
            for rule in [own] if own else self._rules.values():
                dice = rule.claim(call, now_s)
                if dice:
                    return Bite(self, rule, call, dice)
        return NO_BITE

    def record(self, rule: Rule, call: Call) -> None:
        """Log and count a firing."""
        with self._lock:
            rule.fired += 1
            self._firings_count += 1
            self._counts[rule.id] += 1
            self._counts_by_kind[rule.fault.kind, rule.phase] += 1
            firing = Firing(
                fault=rule.id,
                name=rule.name,
                kind=rule.fault.kind,
                phase=rule.phase,
                operation=call.operation,
                reference=masked(call.reference),
                idempotency_key=masked(call.idempotency_key),
                request_id=call.request_id,
                at=to_text(self._clock.now()),
                sequence=self._firings_count,
            )
            self._firings.append(firing)
        about = masked(f"reference={call.reference!r} idempotency_key={call.idempotency_key!r}")
        _log.info("fault %s (%s, %s) bit %s %s", rule.id, firing.kind, firing.phase, call.operation, about)

    def give_back(self, rule: Rule) -> None:
        """Undo a claim that did not fire."""
        with self._lock:
            rule.claimed -= 1

    def fired(self, *, fault: str = "", after: int = 0) -> tuple[list[Firing], dict[str, int]]:
        """Return the last firings, oldest first, and how often each fault ever fired, healed ones included.

        Of one `fault` alone when it is named, and only those firings that came after a sequence number.
        """
        with self._lock:
            firings = [one for one in self._firings if one.sequence > after and fault in ("", one.fault)]
            return firings, {one: count for one, count in self._counts.items() if fault in ("", one)}

    def fired_by_kind(self) -> dict[tuple[str, str], int]:
        """Return how often faults of each kind fired in each phase."""
        with self._lock:
            return dict(self._counts_by_kind)

    def clear(self) -> None:
        """Heal everything and forget every firing."""
        with self._lock:
            self._rules.clear()
            self._firings.clear()
            self._counts.clear()
            self._counts_by_kind.clear()
            self._firings_count = 0

    def _drop_expired(self) -> None:
        now_s = self._clock.monotonic_s()
        for rule_id in [rule.id for rule in self._rules.values() if rule.is_expired(now_s)]:
            del self._rules[rule_id]


def firing_document(firing: Firing) -> dict[str, Any]:
    """Return a firing as `GET /_admin/fired` shows it."""
    return {name: getattr(firing, name) for name in Firing.__slots__}
