"""A seeded tenant's trade as items: bookings, claims on their cells, and the counters that equal bookings and turns."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from harness.seeding.booking import hours
from harness.seeding.booking.model import Booking, Provider, Tenant
from harness.seeding.booking.notation import instant, provider_key, second, tenant_key
from harness.seeding.rows import Row, wire_item

CLAIM_KEPT = timedelta(days=30)


def booking_rows(tenant: Tenant, provider: Provider, booking: Booking, today: datetime) -> Iterator[Row]:
    """Give a booking, and its claims unless time has deleted them before `today`."""
    local = booking.starts_at.astimezone(hours.zone(provider.timezone))
    day, clock = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    pk, service = provider_key(tenant, provider), booking.service
    updated_at = booking.closed_at or booking.created_at
    values = {
        "PK": pk,
        "SK": f"BOOKING#{day}#{clock}#{booking.booking_id}",
        "GSI1PK": f"{tenant_key(tenant)}#DATE#{day}",
        "GSI1SK": f"BOOKING#{clock}#{booking.booking_id}",
        "GSI2PK": f"BOOKING#{booking.booking_id}",
        "tenantId": tenant.tenant_id,
        "entity": "Booking",
        "bookingId": booking.booking_id,
        "serviceId": service.service_id,
        "providerId": provider.provider_id,
        "customerName": booking.customer_name,
        "customerEmail": booking.customer_email,
        "datetime": second(booking.starts_at),
        "endsAt": second(booking.ends_at),
        "durationMinutes": service.duration_minutes,
        "timezone": provider.timezone,
        "status": booking.status,
        "cancelReason": booking.cancel_reason or None,
        "rulesVersion": rules_version(provider),
        "source": booking.source,
        "priceMinor": service.price_minor,
        "currency": service.currency,
        "depositMinor": 0,
        "depositStatus": "NONE",
        "version": 1 if booking.closed_at is None else 2,
        "createdAt": instant(booking.created_at),
        "updatedAt": instant(updated_at),
    }
    yield Row("BookingsTable", wire_item(values))
    expires_at = booking.ends_at + CLAIM_KEPT
    if not booking.status.live or expires_at <= today:
        return
    ttl = {"N": str(int(expires_at.timestamp()))}
    # Most items of a seed are these: made without a detour.
    keys, owner, served_by, holder = (
        {"S": one} for one in (pk, tenant.tenant_id, provider.provider_id, booking.booking_id)
    )
    for cell in hours.cells(booking.starts_at, booking.ends_at):
        claim = {
            "PK": keys,
            "SK": {"S": f"CLAIM#{cell:%Y-%m-%dT%H:%M}"},
            "tenantId": owner,
            "entity": {"S": "Claim"},
            "providerId": served_by,
            "bookingId": holder,
            "ttl": ttl,
        }
        yield Row("BookingsTable", claim)


def rules_version(provider: Provider) -> int:
    """Return how often a provider's hours were changed: once to make them, and once a rule."""
    return 1 + len(provider.rules)


def usage_rows(tenant: Tenant) -> Iterator[Row]:
    """Give the counters of each month."""
    bookings = Counter(f"{booking.created_at:%Y-%m}" for booking in tenant.bookings)
    messages = Counter(dict(tenant.forgotten_turns))
    for chat in tenant.conversations:
        messages[f"{chat.last_message_at:%Y-%m}"] += chat.turns
    for month in sorted(bookings.keys() | messages.keys()):
        values = {
            "PK": tenant_key(tenant),
            "SK": f"USAGE#{month}",
            "tenantId": tenant.tenant_id,
            "entity": "Usage",
            "month": month,
            "messages": messages[month],
            "bookings": bookings[month],
            "tokensIA": 0,
            "errors": 0,
            "plan": tenant.plan,
        }
        yield Row("UsageTable", wire_item(values))


def held_rows(tenant: Tenant) -> Iterator[Row]:
    """Give the counters that the plan's limits are held against."""
    counts = {
        "services": len(tenant.services),
        "categories": len(tenant.categories),
        "providers": len(tenant.providers),
        "keys": sum(key.active for key in tenant.keys),
    }
    for kind, count in counts.items():
        values = {
            "PK": tenant_key(tenant),
            "SK": f"HELD#{kind}",
            "tenantId": tenant.tenant_id,
            "entity": "Held",
            "held": count,
        }
        yield Row("UsageTable", wire_item(values))
