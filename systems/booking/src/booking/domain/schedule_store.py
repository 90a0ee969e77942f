"""The port to the tables of rules and closings; a change counts the schedule up in its own transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from groundwork.deadline import Deadline

from booking.domain.schedule import Closing, Rule, Schedule


@dataclass(frozen=True, slots=True)
class Place:
    """Whose schedule it is."""

    tenant_id: str
    provider_id: str


class Refusal(StrEnum):
    """Which condition of a change failed."""

    NO_PROVIDER = "there is no schedule of this provider"
    EXISTS = "it is there already"
    CHANGED = "it is gone, or not as it was read"


class ChangeRefused(Exception):
    """A change wrote nothing because a condition failed."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = frozenset(refusals)
        super().__init__("; ".join(sorted(self.refusals)))


@dataclass(frozen=True, slots=True)
class NewRule:
    """Write a rule. Refusals: NO_PROVIDER, EXISTS."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class RuleRemoval:
    """Delete a rule. Refusals: NO_PROVIDER, CHANGED."""

    rule_id: str


@dataclass(frozen=True, slots=True)
class NewClosing:
    """Write a closing, if the schedule is still of the version that it was numbered by.

    Refusals: NO_PROVIDER, EXISTS, CHANGED (the schedule's version).
    """

    closing: Closing
    schedule_version: int


@dataclass(frozen=True, slots=True)
class ClosingActivation:
    """Let a pending closing stand, with the bookings that it keeps; counts nothing up. Refusals: CHANGED."""

    before: Closing
    after: Closing


@dataclass(frozen=True, slots=True)
class ClosingRemoval:
    """Delete a closing that is as it was read. Refusals: NO_PROVIDER, CHANGED."""

    closing: Closing


Change = NewRule | RuleRemoval | NewClosing | ClosingActivation | ClosingRemoval


class ScheduleStore(Protocol):
    """The tables. Reads are strongly consistent; everything may raise StoreUnavailable."""

    def schedule(self, place: Place) -> Schedule | None:
        """Return a provider's schedule; None when there is no such provider."""

    def rule(self, place: Place, rule_id: str) -> Rule | None:
        """Return one rule."""

    def rules(self, place: Place) -> Sequence[Rule]:
        """Return all rules."""

    def closing(self, place: Place, day: date, seq: int) -> Closing | None:
        """Return one closing."""

    def closings(self, place: Place, first: date, last: date) -> Sequence[Closing]:
        """Return the closings of the local days first…last, in order."""

    def commit(self, place: Place, change: Change, deadline: Deadline) -> None:
        """Make a change; raises ChangeRefused when a condition fails."""
