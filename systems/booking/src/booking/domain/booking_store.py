"""The port to the bookings' table: what a booking is reckoned from, and the three changes that a booking can undergo.

Each change happens whole or not at all, with its claims, its request, the month's usage and the check of the schedule.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from groundwork.deadline import Deadline

from booking.domain.booking import Booking
from booking.domain.schedule import Closing, Rule, Schedule


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What a booking takes over from its service."""

    service_id: str
    duration_minutes: int
    price_minor: int
    currency: str
    deposit_minor: int
    active: bool


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is known of a request that made a booking before."""

    booking_id: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a booking is reckoned from, read consistently; None is what does not exist.

    `offered`: the provider offers the service. `monthly_max`: bookings that the tenant's `plan` allows in a month.
    `holder`: the booking that holds the first cell of the time that was asked for. It spares those who come late a
    transaction; who comes in time is decided by the transaction alone.
    """

    service: ServiceTerms | None
    schedule: Schedule | None
    offered: bool
    plan: str
    monthly_max: int
    recorded: Recorded | None = None
    holder: str | None = None


class Refusal(StrEnum):
    """Which condition of a change failed."""

    EXISTS = "the booking or its request is there already"
    TAKEN = "a cell is claimed"
    LIMIT = "the month's bookings are used up"
    SCHEDULE = "the provider's schedule has changed"
    VERSION = "the booking has changed"


class ChangeRefused(Exception):
    """A change wrote nothing because conditions failed."""

    def __init__(self, *refusals: Refusal) -> None:
        self.refusals = frozenset(refusals)
        super().__init__("; ".join(sorted(self.refusals)))


@dataclass(frozen=True, slots=True)
class NewBooking:
    """Write a booking with its claims and request, count it under the tenant's plan, and insist on an active schedule
    of this version.

    Refusals: EXISTS, TAKEN, LIMIT, SCHEDULE.
    """

    booking: Booking
    fingerprint: str
    schedule_version: int
    plan: str
    monthly_max: int


@dataclass(frozen=True, slots=True)
class BookingChange:
    """Replace a booking by its next version at the same time and place; frees its claims when it is no longer live.

    `uncounted` takes it back out of the usage of the month that it was made in. Refusals: VERSION.
    """

    before: Booking
    after: Booking
    uncounted: bool = False


@dataclass(frozen=True, slots=True)
class BookingMove:
    """Replace a booking by its next version at another time or provider, claims and all.

    Refusals: VERSION, TAKEN, SCHEDULE.
    """

    before: Booking
    after: Booking
    schedule_version: int


Change = NewBooking | BookingChange | BookingMove


class BookingStore(Protocol):
    """The tables. Reads are strongly consistent; everything may raise StoreUnavailable."""

    def grounds(
        self,
        tenant_id: str,
        service_id: str,
        provider_id: str,
        *,
        booking_id: str | None = None,
        starts_at: datetime | None = None,
    ) -> Grounds:
        """Return what a booking is reckoned from; what is recorded of it and who holds its start, if asked."""

    def rules(self, tenant_id: str, provider_id: str) -> Sequence[Rule]:
        """Return a provider's rules."""

    def closings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Closing]:
        """Return a provider's closings of the local days first…last."""

    def bookings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Booking]:
        """Return a provider's bookings, live or not, that start on the local days first…last, in that order."""

    def find(self, tenant_id: str, booking_id: str) -> Booking | None:
        """Return a tenant's booking as it stands."""

    def commit(self, change: Change, deadline: Deadline) -> None:
        """Make a change; raises ChangeRefused when a condition fails."""
