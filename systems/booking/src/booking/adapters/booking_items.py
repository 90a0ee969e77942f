"""Items of the bookings' table to records and back: bookings, claims on their cells, requests that made them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from groundwork.instants import instant, moment_of

from booking.adapters.rows import Values
from booking.domain.booking import Booking, DepositStatus, Status

BOOKING_PREFIX = "BOOKING#"
CLAIM_KEPT_FOR = timedelta(days=30)

_TEXTS = {
    "booking_id": "bookingId",
    "service_id": "serviceId",
    "provider_id": "providerId",
    "customer_name": "customerName",
    "customer_email": "customerEmail",
    "duration_minutes": "durationMinutes",
    "timezone": "timezone",
    "status": "status",
    "rules_version": "rulesVersion",
    "source": "source",
    "price_minor": "priceMinor",
    "currency": "currency",
    "deposit_minor": "depositMinor",
    "deposit_status": "depositStatus",
    "deposit_payment_id": "depositPaymentId",
    "deposit_user_id": "depositUserId",
    "cancel_reason": "cancelReason",
    "version": "version",
}


def partition(tenant_id: str, provider_id: str) -> str:
    """Return the partition key of a provider's bookings and claims."""
    return f"TENANT#{tenant_id}#PROVIDER#{provider_id}"


def booking_key(booking: Booking) -> Values:
    """Return a booking's key: its provider, and its date and time on the provider's wall clock."""
    return {"PK": partition(booking.tenant_id, booking.provider_id), "SK": _sort_key(booking)}


def claim_key(tenant_id: str, provider_id: str, cell: datetime) -> Values:
    """Return the key of a claim: the provider, and the cell's start in UTC."""
    return {"PK": partition(tenant_id, provider_id), "SK": f"CLAIM#{cell.astimezone(UTC):%Y-%m-%dT%H:%M}"}


def request_key(tenant_id: str, booking_id: str) -> Values:
    """Return the key of the request that made a booking; it follows from the booking's id, as that from the request."""
    return {"PK": f"TENANT#{tenant_id}#REQUEST#{booking_id.removeprefix(f'{tenant_id}-')}", "SK": "REQUEST"}


def day_partition(tenant_id: str, day: date) -> str:
    """Return GSI1's partition key of a tenant's day."""
    return f"TENANT#{tenant_id}#DATE#{day.isoformat()}"


def booking_item(booking: Booking) -> Values:
    """Return a booking as an item, with the keys of its indexes."""
    local = booking.local_start
    return booking_key(booking) | {
        "GSI1PK": day_partition(booking.tenant_id, local.date()),
        "GSI1SK": f"{BOOKING_PREFIX}{local:%H:%M}#{booking.booking_id}",
        "GSI2PK": f"{BOOKING_PREFIX}{booking.booking_id}",
        "tenantId": booking.tenant_id,
        "entity": "Booking",
        "datetime": instant_s(booking.starts_at),
        "endsAt": instant_s(booking.ends_at),
        "createdAt": instant(booking.created_at),
        "updatedAt": instant(booking.updated_at),
        **{attribute: getattr(booking, name) for name, attribute in _TEXTS.items()},
    }


def booking_from(item: Mapping[str, Any]) -> Booking:
    """Return an item as a booking."""
    fields = {name: item[attribute] for name, attribute in _TEXTS.items() if attribute in item}
    fields["status"] = Status(fields["status"])
    fields["deposit_status"] = DepositStatus(fields["deposit_status"])
    return Booking(
        tenant_id=item["tenantId"],
        starts_at=moment_of(item["datetime"]),
        created_at=moment_of(item["createdAt"]),
        updated_at=moment_of(item["updatedAt"]),
        **fields,
    )


def claim_item(booking: Booking, cell: datetime) -> Values:
    """Return the claim of a booking on a cell."""
    return claim_key(booking.tenant_id, booking.provider_id, cell) | {
        "tenantId": booking.tenant_id,
        "entity": "Claim",
        "providerId": booking.provider_id,
        "bookingId": booking.booking_id,
        "ttl": epoch_s(booking.ends_at + CLAIM_KEPT_FOR),
    }


def request_item(booking: Booking, fingerprint: str) -> Values:
    """Return the request that made a booking: it tells a repetition from another request, and where the booking is.

    It has no time to live. The booking's id, and by that its deposit's payment, follow from the key: a key that was
    forgotten would make a second booking of that id, which the first one's deposit pays for.
    """
    return request_key(booking.tenant_id, booking.booking_id) | {
        "tenantId": booking.tenant_id,
        "entity": "Request",
        "fingerprint": fingerprint,
        "bookingId": booking.booking_id,
        "createdAt": instant(booking.created_at),
        **request_place(booking),
    }


def request_place(booking: Booking) -> Values:
    """Return the values of a request that change when its booking moves."""
    return {"providerId": booking.provider_id, "bookingSK": _sort_key(booking)}


def epoch_s(moment: datetime) -> int:
    """Return an instant as a TTL attribute holds it."""
    return int(moment.timestamp())


def _sort_key(booking: Booking) -> str:
    return f"{BOOKING_PREFIX}{booking.local_start:%Y-%m-%d#%H:%M}#{booking.booking_id}"


def instant_s(moment: datetime) -> str:
    """Return an instant of the five-minute grid as text, e.g. 2026-11-21T10:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
