"""The decision on a request: an explicit deny wins, then an allow; without either it is not allowed.

Source: IAM user guide, "Policy evaluation logic" (documented), for identity policies within one account.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from harness.isolation.iam.conditions import OperatorUnknown, holds
from harness.isolation.iam.matching import Context, matches, matches_arn
from harness.isolation.iam.policy import Policy, Statement

ALLOWED, DENIED, NOT_ALLOWED, UNKNOWN = "allowed", "denied", "not allowed", "unknown"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to do. `context` has condition keys in lower case."""

    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """ALLOWED, DENIED (by a statement), NOT_ALLOWED (by none) or UNKNOWN, and why in words."""

    what: str
    why: str = ""

    @property
    def allows(self) -> bool:
        """Whether the request would be let through, as far as is known."""
        return self.what == ALLOWED


def decide(policies: Iterable[Policy], asked: Asked) -> Decision:
    """Return what the policies say of a request."""
    allowing, unknown = "", ""
    for policy in policies:
        for index, statement in enumerate(policy.statements):
            name = f"{policy.name}/{statement.sid or index}"
            try:
                if not applies(statement, asked):
                    continue
            except OperatorUnknown as operator:
                unknown = f"{name} has the operator {operator}, which is not evaluated"
                continue
            if statement.effect == "Deny":
                return Decision(DENIED, name)
            allowing = allowing or name
    if unknown:
        return Decision(UNKNOWN, unknown)
    return Decision(ALLOWED, allowing) if allowing else Decision(NOT_ALLOWED)


def applies(statement: Statement, asked: Asked) -> bool:
    """Tell whether a statement speaks of a request; raises OperatorUnknown when that hangs on an unknown operator."""
    if not _concerns(statement.actions, statement.not_actions, lambda one: _is_action(one, asked.action)):
        return False
    arn, context = asked.resource, asked.context
    if not _concerns(statement.resources, statement.not_resources, lambda one: matches_arn(one, arn, context)):
        return False
    return all(holds(condition, context) for condition in statement.conditions)


def _concerns(named: Sequence[str], excluded: Sequence[str], fits: Callable[[str], bool]) -> bool:
    return any(fits(one) for one in named) if named else not any(fits(one) for one in excluded)


def _is_action(text: str, action: str) -> bool:
    return matches(text, action, {}, ignore_case=True)
