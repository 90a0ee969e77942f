"""The rules that are set, and the record of every time that one of them bit.

Rules are tried in the order in which they were set, and the first that bites has the call. Which rules an operation
has to be tried against is worked out once and kept, so that rules for other operations cost nothing.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.edge.call import Call, Target
from harness.edge.clock import EdgeClock
from harness.edge.correlation import callers, executions
from harness.edge.faults.fault import Dice, Fault
from harness.edge.faults.plan import Plan
from harness.edge.faults.rule import Rule
from harness.masking import masked

RULES_MAX = 1_000
FIRINGS_KEPT_MAX = 10_000
OPERATIONS_KEPT_MAX = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Firing:
    """A fault that bit a call. `effect` says whether the upstream did what the call asked, None when unknown then.

    Names and keys are masked: they are kept and shown longer than the call lasts.
    """

    sequence: int
    at_s: float
    fault: str
    name: str
    kind: str
    phase: str
    effect: bool | None
    service: str
    operation: str
    resource: str
    key: str
    caller: str
    trace: str
    execution: str
    account: str
    region: str

    def to_json(self) -> dict[str, Any]:
        """Return the firing as `GET /_rehearsal/fired` tells it, its moment as an ISO 8601 instant."""
        told = {name: getattr(self, name) for name in self.__slots__}
        told["at"] = datetime.fromtimestamp(told.pop("at_s"), UTC).isoformat()
        # An execution is bound to its trace when its start is answered, which may be after this.
        told["execution"] = self.execution if ":" in self.execution else executions.of(self.trace) or self.execution
        return told


class Bite:
    """One fault's hold on one call, until it fired or turned out to have nothing to bite."""

    def __init__(self, board: "Board", rule: Rule, call: Call, target: Target, dice: Dice) -> None:
        self.rule = rule
        self.target = target
        self.dice = dice
        self._board = board
        self._call = call
        self._is_settled = False

    @property
    def fault(self) -> Fault:
        """What goes wrong."""
        return self.rule.fault

    def means(self, target: Target) -> bool:
        """Say whether the rule's resource and key mean a target; without either they mean all."""
        return self.rule.match.means(target)

    def fire(self, *, effect: bool | None) -> None:
        """Record that the fault bites."""
        self._is_settled = True
        self._board.record(self.rule, self._call, self.target, effect=effect)

    def miss(self, why: str) -> None:
        """Give the claim back, so that `times` counts firings alone."""
        if not self._is_settled:
            self._is_settled = True
            self.rule.claimed -= 1
            self.rule.miss(why)

    def settle(self) -> None:
        """Give the claim back when nothing came of it."""
        self.miss("the call failed behind the fault")

    async def wait(self, duration_s: float) -> None:
        """Hold the call up, at most until the fault is healed."""
        if duration_s > 0:
            await self.rule.hold(duration_s)

    async def wait_for_client(self, duration_s: float) -> None:
        """Hold the call up until its client gives up, at most so long and until the fault is healed."""
        waits = [
            asyncio.ensure_future(self._call.disconnected(duration_s)),
            asyncio.ensure_future(self.rule.hold(duration_s)),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    def kill_caller(self) -> str:
        """Kill the Lambda worker that made the call; return "" or why that was not possible."""
        request_id = callers.request_id_of(self._call.parent)
        if not request_id:
            return NO_WORKER
        return "" if self._board.kill_invocation(request_id) else "the worker that called had already gone"


NO_WORKER = "the caller is no Lambda worker of this environment"


class Board:
    """The rules in the order in which they were set. Everything runs in the event loop's thread."""

    def __init__(self, clock: EdgeClock, kill_invocation: Callable[[str], bool]) -> None:
        self.kill_invocation = kill_invocation
        self._clock = clock
        self._rules: dict[str, Rule] = {}
        self._plans: dict[tuple[str, str], Plan] = {}
        self._firings: deque[Firing] = deque(maxlen=FIRINGS_KEPT_MAX)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._set_count = 0
        self._fired_count = 0

    def add(self, rules: Iterable[Rule]) -> bool:
        """Set rules, behind those that are set; False, and none of them set, when there are too many."""
        new = list(rules)
        if len(self._rules) + len(new) > RULES_MAX:
            self._drop_expired()
        if len(self._rules) + len(new) > RULES_MAX:
            return False
        now_s = self._clock.now_s()
        for rule in new:
            self._set_count += 1
            rule.id, rule.set_at_s = f"f-{self._set_count}", now_s
            self._rules[rule.id] = rule
        self._plans.clear()
        return True

    def rules(self) -> list[Rule]:
        """Return the rules that are set, in the order in which they are tried."""
        return list(self._rules.values())

    def find(self, rule_id: str) -> Rule | None:
        """Return a rule that is set."""
        return self._rules.get(rule_id)

    def is_on(self, rule: Rule) -> bool:
        """Say whether a rule could bite a call now."""
        return rule.id in self._rules and rule.is_on(self._clock.now_s())

    def remove(self, rules: Iterable[Rule]) -> None:
        """Heal faults, and let go of the calls that they hold up."""
        for rule in list(rules):
            self._rules.pop(rule.id, None)
            rule.release()
        self._plans.clear()

    def choose(self, call: Call) -> Bite | None:
        """Return the hold of the first rule that is to bite a call."""
        if not self._rules:
            return None
        operation = (call.service, call.operation)
        plan = self._plans.get(operation)
        if plan is None:
            plan = self._plan_for(operation)
        for rule in plan.rules_for(call):
            target = rule.match.fits(call)
            if target is not None:
                bite = self.claim(rule, call, target)
                if bite is not None:
                    return bite
        return None

    def claim(self, rule: Rule, call: Call, target: Target) -> Bite | None:
        """Return the hold of a rule on a call that matches it, None when its limits let it pass."""
        dice = rule.claim(call, self._clock.now_s())
        return Bite(self, rule, call, target, dice) if dice else None

    def record(self, rule: Rule, call: Call, target: Target, *, effect: bool | None) -> None:
        """Log and count a firing."""
        rule.fired += 1
        self._fired_count += 1
        self._counts[rule.fault.kind, rule.phase.value] += 1
        call.marks["fault"] = {"id": rule.id, "kind": rule.fault.kind, "phase": rule.phase.value}
        firing = Firing(
            sequence=self._fired_count,
            at_s=time.time(),
            fault=rule.id,
            name=rule.name,
            kind=rule.fault.kind,
            phase=rule.phase.value,
            effect=effect,
            service=call.service,
            operation=call.operation,
            resource=masked(target.resource),
            key=masked(target.key),
            caller=call.caller,
            trace=call.trace,
            execution=call.execution,
            account=call.namespace.account,
            region=call.namespace.region,
        )
        self._firings.append(firing)
        about = f"{firing.service} {firing.operation} {firing.resource} {firing.key}".rstrip()
        _log.info("fault %s (%s, %s) bit %s", rule.id, firing.kind, firing.phase, about)

    def fired(self, *, fault: str = "", after: int = 0, limit: int = FIRINGS_KEPT_MAX) -> list[Firing]:
        """Return the last firings, oldest first: of one fault, and after a sequence number, when these are given."""
        chosen = [one for one in self._firings if one.sequence > after and fault in ("", one.fault)]
        return chosen[-limit:] if limit else []

    def counts(self) -> dict[tuple[str, str], int]:
        """Return how often faults of each kind fired in each phase, healed ones included."""
        return dict(self._counts)

    def forget(self, account: str, region: str) -> None:
        """Heal the faults of one account alone, and forget what bit it."""
        self.remove(rule for rule in self._rules.values() if rule.match.belongs_to(account, region))
        kept = [one for one in self._firings if (one.account, one.region) != (account, region)]
        self._firings = deque(kept, maxlen=FIRINGS_KEPT_MAX)

    def clear(self) -> None:
        """Heal everything and forget every firing. Ids go on: who heals an old fault later must not heal a new one."""
        self.remove(self._rules.values())
        self._firings.clear()
        self._counts.clear()

    def _plan_for(self, operation: tuple[str, str]) -> Plan:
        plan = Plan([rule for rule in self._rules.values() if rule.match.fits_operation(*operation)])
        if len(self._plans) < OPERATIONS_KEPT_MAX:
            self._plans[operation] = plan
        return plan

    def _drop_expired(self) -> None:
        now_s = self._clock.now_s()
        self.remove([rule for rule in self._rules.values() if rule.is_expired(now_s)])
