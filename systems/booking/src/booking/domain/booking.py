"""A booking and what it is asked for with; the ids and cells that make a repeated or overlapping one meet itself.

Cells: the five minutes of the grid that a live booking holds. Two bookings of one provider overlap exactly when they
have a cell in common, so a claim on each cell, written in the booking's own transaction, lets only one of them be.
"""

import hashlib
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from booking.domain.schedule import GRID_MINUTES
from booking.domain.spans import Span
from booking.domain.zones import minute_of, moment_at, zone_named

PAYMENT_PREFIX = "dep-"


class Status(StrEnum):
    """Where a booking stands."""

    PENDING_DEPOSIT = "PENDING_DEPOSIT"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"


LIVE = frozenset({Status.PENDING_DEPOSIT, Status.CONFIRMED, Status.NO_SHOW})


class DepositStatus(StrEnum):
    """Where a booking's deposit stands."""

    NONE = "NONE"
    PENDING = "PENDING"
    PAID = "PAID"
    DECLINED = "DECLINED"
    REFUND_PENDING = "REFUND_PENDING"
    REFUNDED = "REFUNDED"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True)
class DepositRequest:
    """Who pays a deposit: a wallet of the payments system, and a gateway's token for a card."""

    user_id: str
    card: str


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """What a customer asks for; `starts_at` is UTC, `idempotency_key` makes repetitions one booking."""

    tenant_id: str
    service_id: str
    provider_id: str
    starts_at: datetime
    customer_name: str
    customer_email: str
    source: str
    idempotency_key: str | None = None
    deposit: DepositRequest | None = None

    def keyed(self) -> "BookingRequest":
        """Return this request with an idempotency key of its own, when the customer sent none."""
        return self if self.idempotency_key else replace(self, idempotency_key=uuid.uuid4().hex)

    @property
    def booking_id(self) -> str:
        """Return the id of the booking that this request makes; raises ValueError when it has no key."""
        if not self.idempotency_key:
            raise ValueError("a request without a key has no booking id; see keyed()")
        return booking_id(self.tenant_id, self.idempotency_key)

    @property
    def fingerprint(self) -> str:
        """Return what tells this request from another one under the same key."""
        deposit = [self.deposit.user_id, self.deposit.card] if self.deposit else None
        what = [self.service_id, self.provider_id, minute_of(self.starts_at)]
        who = [self.customer_name, self.customer_email, deposit]
        return hashlib.sha256(json.dumps([*what, *who]).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it stands; price and duration are those of the service when it was made."""

    tenant_id: str
    booking_id: str
    service_id: str
    provider_id: str
    customer_name: str
    customer_email: str
    starts_at: datetime
    duration_minutes: int
    timezone: str
    status: Status
    rules_version: int
    source: str
    price_minor: int
    currency: str
    created_at: datetime
    updated_at: datetime
    deposit_minor: int = 0
    deposit_status: DepositStatus = DepositStatus.NONE
    deposit_payment_id: str | None = None
    deposit_user_id: str | None = None
    cancel_reason: str | None = None
    version: int = 1

    @property
    def ends_at(self) -> datetime:
        """Return when it ends, in UTC."""
        return self.starts_at + timedelta(minutes=self.duration_minutes)

    @property
    def span(self) -> Span:
        """Return its time in UTC minutes."""
        start = minute_of(self.starts_at)
        return Span(start, start + self.duration_minutes)

    @property
    def local_start(self) -> datetime:
        """Return its start on the provider's wall clock, in the zone that it was made in."""
        return self.starts_at.astimezone(zone_named(self.timezone))

    @property
    def is_live(self) -> bool:
        """Return whether it holds its time."""
        return self.status in LIVE

    @property
    def cells(self) -> Sequence[datetime]:
        """Return the starts of the cells that its time covers, in UTC."""
        return [moment_at(minute) for minute in range(*self.span, GRID_MINUTES)]


def booking_id(tenant_id: str, idempotency_key: str) -> str:
    """Return the id that a tenant's key leads to, always the same.

    It begins with the tenant's id: the look-up by id is an index keyed by it, and only so can the credentials that act
    for a tenant be confined to that tenant's bookings there. No tenant's id holds a dash (see `booking.domain.ids`), so
    none is the beginning of what another's bookings begin with.
    """
    digest = hashlib.sha256(f"{tenant_id}\n{idempotency_key}".encode()).hexdigest()
    return f"{tenant_id}-{digest[:20]}"


def is_of(tenant_id: str, booking_id: str) -> bool:
    """Return whether an id can be one of this tenant's bookings; what can't is never looked for."""
    return booking_id.startswith(f"{tenant_id}-")


def payment_id(of: str) -> str:
    """Return the id of the payment that is a booking's deposit."""
    return f"{PAYMENT_PREFIX}{of}"


def on_grid(moment: datetime) -> bool:
    """Return whether an instant is the start of a cell."""
    return moment.timestamp() % (GRID_MINUTES * 60) == 0
