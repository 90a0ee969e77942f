"""Which rules a provider had under each version of them: today's, with the clients' own changes taken back.

Every change of rules counts the version up by one. So the rules under an earlier version are those of the end with the
last changes undone, as far as clients know of all of them, in which order they came, and that they happened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.checkers.checker import Undecided
from harness.history import FAIL, OK, History, Operation
from harness.history.booking import RuleRecord, ScheduleRecord

CHANGES = ("add_rule", "remove_rule")


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One provider's schedule: the rules at the end, and the clients' changes in the order in which they came."""

    schedule: ScheduleRecord
    rules: Sequence[RuleRecord]
    changes: Sequence[Operation]

    @classmethod
    def of(cls, history: History, schedule: ScheduleRecord) -> "Rulebook":
        """Collect one provider's from a history."""
        rules = [rule for rule in history.finals.rules or () if _is_of(rule, schedule)]
        changes = [
            operation
            for operation in history.of(*CHANGES)
            if operation.value.get("providerId") == schedule.provider_id and operation.outcome != FAIL
        ]
        return cls(schedule, rules, sorted(changes, key=lambda operation: operation.invoked_at_s))

    def under(self, rules_version: int) -> list[RuleRecord]:
        """Return the rules under a version; raises Undecided when the history does not tell them."""
        back = self.schedule.rules_version - rules_version
        if back < 0:
            raise Undecided(f"{self._named} has rules of version {self.schedule.rules_version}, not {rules_version}")
        if back > len(self.changes):
            raise Undecided(f"{self._named} changed {back} times since version {rules_version}, by whom is not known")
        undone = self.changes[len(self.changes) - back :]
        _must_be_in_order(undone, self._named)
        rules = {rule.rule_id: rule for rule in self.rules}
        for change in reversed(undone):
            if change.action == "add_rule":
                rules.pop(change.subject, None)
            else:
                rules[change.subject] = self._as_it_was_added(change.subject)
        return list(rules.values())

    def _as_it_was_added(self, rule_id: str) -> RuleRecord:
        for change in self.changes:
            if change.action == "add_rule" and change.subject == rule_id:
                return rule_of(self.schedule, rule_id, change)
        raise Undecided(f"rule {rule_id} of {self._named} was removed, and what it said is not known")

    @property
    def _named(self) -> str:
        return f"provider {self.schedule.provider_id}"


def rule_of(schedule: ScheduleRecord, rule_id: str, added: Operation) -> RuleRecord:
    """Return the rule that an operation asked for."""
    ranges = tuple(f"{one['start']}-{one['end']}" for one in added.value["timeRanges"])
    return RuleRecord(schedule.tenant_id, schedule.provider_id, rule_id, str(added.value["dayOfWeek"]), ranges)


def _must_be_in_order(changes: Iterable[Operation], named: str) -> None:
    last: Operation | None = None
    for change in changes:
        if change.outcome != OK:
            raise Undecided(f"nobody knows whether operation {change.index} changed the rules of {named}")
        if last is not None and not last.precedes(change):
            raise Undecided(f"the rules of {named} were changed by operations {last.index} and {change.index} at once")
        last = change


def _is_of(rule: RuleRecord, schedule: ScheduleRecord) -> bool:
    return (rule.tenant_id, rule.provider_id) == (schedule.tenant_id, schedule.provider_id)
