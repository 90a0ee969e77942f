"""What is wrong with a tenant that is to be loaded: asked of drawn ones and of those from a file, before anything is
sent.

The system would refuse such a booking; past its API nobody would, so it is refused here.
"""

from collections.abc import Iterator
from itertools import pairwise

from harness.seeding.booking import hours
from harness.seeding.booking.model import CELL, Booking, Provider, Tenant

DURATION_MINUTES_MIN, DURATION_MINUTES_MAX = 5, 240
SERVICES_OF_A_PROVIDER_MAX = 40


def problems(tenant: Tenant) -> Iterator[str]:
    """Give, in words, what the booking system would not have taken."""
    names = [service.name.casefold() for service in tenant.services]
    yield from (f"service {name!r} is there twice" for name in sorted({one for one in names if names.count(one) > 1}))
    for service in tenant.services:
        minutes = service.duration_minutes
        if minutes % 5 or not DURATION_MINUTES_MIN <= minutes <= DURATION_MINUTES_MAX:
            yield f"service {service.name!r} takes {minutes} minutes, expected a multiple of 5 from 5 to 240"
    for provider in tenant.providers:
        yield from _provider(provider)


def _provider(provider: Provider) -> Iterator[str]:
    if len(provider.services) > SERVICES_OF_A_PROVIDER_MAX:
        yield f"{provider.name} has {len(provider.services)} services, expected at most {SERVICES_OF_A_PROVIDER_MAX}"
    yield from (problem for booking in provider.bookings for problem in booking_problems(provider, booking))
    yield from _overlaps(provider)


def booking_problems(provider: Provider, booking: Booking) -> Iterator[str]:
    """Give what is wrong with one booking, its neighbours aside."""
    told = said(provider, booking)
    if booking.service not in provider.services:
        yield f"{told} is for {booking.service.name!r}, which {provider.name} does not offer"
    if booking.service.deposit_minor:
        yield f"{told} is for {booking.service.name!r}, which asks a deposit: only a payment can make such a booking"
    if booking.starts_at.timestamp() % CELL.total_seconds():
        yield f"{told} does not start on the grid of 5 minutes"
    if not hours.covers(provider.rules, provider.closures, provider.timezone, booking.starts_at, booking.ends_at):
        yield f"{told} is outside the hours of {provider.name}"
    if booking.created_at >= booking.starts_at:
        yield f"{told} was made after it began"


def _overlaps(provider: Provider) -> Iterator[str]:
    live = sorted((one for one in provider.bookings if one.status.live), key=lambda one: one.starts_at)
    for before, after in pairwise(live):
        if after.starts_at < before.ends_at:
            yield f"{said(provider, after)} overlaps that of {before.customer_name}, which ends later"


def said(provider: Provider, booking: Booking) -> str:
    """Return a booking in words."""
    local = booking.starts_at.astimezone(hours.zone(provider.timezone))
    return f"the booking of {booking.customer_name} with {provider.name} on {local:%Y-%m-%d at %H:%M}"
