"""What a turn of the chat used, and how it is counted exactly once though its record may come any number of times.

A conversation's counters only grow, so what a turn used is the difference between two versions of it, and the turn's
number names that use for ever. A use is counted in one transaction with a marker of its name. Bookings are not counted
here: they are in the booking's own transaction. Nor are deletions: a conversation that expires used nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from groundwork.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Tally:
    """A conversation's counters as one version of it holds them; `at` is the instant of its last message."""

    tenant_id: str
    conversation_id: str
    turn: int
    not_understood: int
    ai_tokens: int
    at: datetime
    plan: str


@dataclass(frozen=True, slots=True)
class Use:
    """What one turn used; `event_id` names it, `month` is UTC's, e.g. "2026-11"."""

    tenant_id: str
    event_id: str
    month: str
    plan: str
    messages: int
    ai_tokens: int
    errors: int


@dataclass(frozen=True, slots=True)
class Bill:
    """Uses of one tenant and month that are counted together."""

    tenant_id: str
    month: str
    uses: Sequence[Use]

    @property
    def plan(self) -> str:
        """The plan that the tenant was on at the last of these turns."""
        return self.uses[-1].plan


class Usage(Protocol):
    """Where uses are counted."""

    def record(self, bill: Bill, deadline: Deadline) -> int:
        """Count those uses that were not counted before; returns how many. Raises Transient."""


def use_between(before: Tally, after: Tally) -> Use | None:
    """Return what was used from one version to the next; None when no message was answered by it."""
    if after.turn <= before.turn:
        return None
    return Use(
        tenant_id=after.tenant_id,
        event_id=f"{after.conversation_id}#{after.turn}",
        month=f"{after.at.astimezone(UTC):%Y-%m}",
        plan=after.plan,
        messages=after.turn - before.turn,
        ai_tokens=max(0, after.ai_tokens - before.ai_tokens),
        errors=max(0, after.not_understood - before.not_understood),
    )


def bills(uses: Iterable[Use], uses_max: int) -> list[Bill]:
    """Return uses by tenant and month, at most `uses_max` together; one that came twice is in there once."""
    grouped: dict[tuple[str, str], dict[str, Use]] = {}
    for use in uses:
        grouped.setdefault((use.tenant_id, use.month), {})[use.event_id] = use
    return [
        Bill(tenant_id, month, list(by_id.values())[start : start + uses_max])
        for (tenant_id, month), by_id in grouped.items()
        for start in range(0, len(by_id), uses_max)
    ]
