"""Bookings of one provider, day by day: within hours, outside closures, never two at once.

A day is walked from its opening to its closing, so what is drawn can't overlap; a booking that was cancelled gives its
time away again, and is often followed by another one in it. Every draw of a day comes from the provider's generator, so
a tenant is the same whatever its neighbours are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from harness.ids import derived_seed
from harness.seeding.booking import hours
from harness.seeding.booking.model import Booking, Provider, Service, Status
from harness.seeding.booking.people import People, Person
from harness.seeding.booking.sizes import Size
from harness.seeding.booking.tokens import token

STEP_MINUTES = 15
CANCELLED, NO_SHOW, BY_CHAT = 0.08, 0.05, 0.25
_REASONS = ("customer_request", "customer_request", "provider_unavailable")
_REGULARS = 3  # bookings of one customer, in the mean
_WORKING_DAYS = 5 / 7


@dataclass(frozen=True, slots=True)
class Diary:
    """The days that are filled, as seen at `today`, and how much of them."""

    tenant_id: str
    first: date
    days: int
    today: datetime
    size: Size
    seed: int

    @property
    def a_provider(self) -> float:
        """Bookings that a provider takes on a working day, in the mean."""
        return self.size.bookings_a_day / self.size.providers


def drawn_bookings(provider: Provider, diary: Diary, people: People) -> Provider:
    """Return the provider with bookings, in the order of time."""
    # Bookings with a deposit belong to a payment, which a seed can't make: such services stay free to be booked.
    services = [service for service in provider.services if not service.deposit_minor]
    expected = diary.a_provider * diary.days * _WORKING_DAYS
    if not services or expected <= 0:
        return provider
    customers = people.customers(max(3, round(expected / _REGULARS)))
    seed = derived_seed(diary.seed, "bookings", provider.provider_id)
    own = _Pencil(provider, diary, services, customers, Random(seed))  # noqa: S311 - no secret
    found = [one for day in range(diary.days) for one in own.day(diary.first + timedelta(days=day))]
    return replace(provider, bookings=tuple(found))


class _Pencil:
    """Writes a provider's days."""

    def __init__(
        self, provider: Provider, diary: Diary, services: Sequence[Service], customers: Sequence[Person], random: Random
    ) -> None:
        self._provider, self._diary, self._random = provider, diary, random
        self._services, self._customers = services, customers
        self._number = 0
        self._held_until: datetime | None = None
        self._mean_minutes = sum(service.duration_minutes for service in services) / len(services)

    def day(self, day: date) -> Iterator[Booking]:
        """Give the bookings that start on a local day."""
        ranges = hours.open_ranges(self._provider.rules, self._provider.closures, day)
        minutes = sum(end - start for start, end in (one.minutes for one in ranges))
        if not minutes:
            return
        chance = self._chance(minutes)
        for one in ranges:
            start, end = one.minutes
            while start < end:
                service = self._random.choice(self._services)
                taken = self._random.random() < chance and start + service.duration_minutes <= end
                booking = self._booking(day, start, service) if taken else None
                if booking:
                    yield booking
                # Of a cancelled one the time is free again: the next may begin in it.
                held = service.duration_minutes if booking and booking.status.live else STEP_MINUTES
                start += -(-held // STEP_MINUTES) * STEP_MINUTES

    def _chance(self, minutes: int) -> float:
        """Return how likely a free step is to be taken, so that a day has as many bookings as it should in the mean."""
        wanted = self._diary.a_provider
        idle_steps = (minutes - wanted * self._mean_minutes) / STEP_MINUTES
        return min(1.0, wanted / (wanted + max(idle_steps, 0.0)))

    def _booking(self, day: date, start: int, service: Service) -> Booking | None:
        provider, random = self._provider, self._random
        starts_at = hours.at(day, start, provider.timezone)
        ends_at = starts_at + timedelta(minutes=service.duration_minutes)
        if self._is_unusual(day) and not self._fits(start, starts_at, ends_at):
            return None
        self._number += 1
        customer = random.choice(self._customers)
        own = token(self._diary.seed, provider.provider_id, str(self._number))
        made = min(starts_at, self._diary.today) - timedelta(minutes=random.randrange(60, 21 * 1440))
        booking = Booking(
            booking_id=f"{self._diary.tenant_id}-bkg_{own}",
            service=service,
            customer_name=customer.name,
            customer_email=customer.email,
            starts_at=starts_at,
            created_at=made,
            source="chat" if random.random() < BY_CHAT else "api",
        )
        went = self._as_it_went(booking)
        if went.status.live:
            self._held_until = went.ends_at
        return went

    def _is_unusual(self, day: date) -> bool:
        zone_name = self._provider.timezone
        return bool(hours.closed_ranges(self._provider.closures, day)) or hours.changes_clock(day, zone_name)

    def _fits(self, start: int, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether a booking is possible on a day with closures, or one on which clocks are put forward or back."""
        provider = self._provider
        local = starts_at.astimezone(hours.zone(provider.timezone))
        # A time that clocks skip leads to another one.
        exists = local.hour * 60 + local.minute == start
        free = self._held_until is None or starts_at >= self._held_until
        return (
            exists and free and hours.covers(provider.rules, provider.closures, provider.timezone, starts_at, ends_at)
        )

    def _as_it_went(self, booking: Booking) -> Booking:
        random, today = self._random, self._diary.today
        if random.random() < CANCELLED:
            between = min(booking.starts_at, today) - booking.created_at
            closed_at = booking.created_at + random.random() * between
            reason = random.choice(_REASONS)
            return replace(booking, status=Status.CANCELLED, cancel_reason=reason, closed_at=_whole(closed_at))
        if booking.ends_at <= today and random.random() < NO_SHOW:
            return replace(booking, status=Status.NO_SHOW, closed_at=booking.ends_at)
        return booking


def _whole(moment: datetime) -> datetime:
    return moment.replace(microsecond=0)
