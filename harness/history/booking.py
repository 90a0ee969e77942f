"""What the booking system holds once everything has settled: bookings, claims, rules, exceptions, usage, and all items.

One record a kind of thing, as its own item tells it, and `ItemRecord` for the same items as each way of reading finds
them. Instants are ISO 8601 texts in UTC, ranges are `09:00-13:00` in the provider's own time zone. Secrets (hashes of
API keys) and idempotency keys are not in here; a request is known by the digest under which the system keeps it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TABLE = "table"
# What holds its time: such a booking shares it with no other.
LIVE = frozenset({"PENDING_DEPOSIT", "CONFIRMED", "NO_SHOW"})


@dataclass(frozen=True, slots=True)
class BookingRecord:
    """One booking. `starts_at` and `ends_at` are UTC, `timezone` is the provider's when it was made.

    `rules_version` is that of the rules under which its time was chosen.
    """

    tenant_id: str
    provider_id: str
    booking_id: str
    status: str
    starts_at: str
    ends_at: str
    timezone: str
    service_id: str = ""
    rules_version: int = 0
    customer_email: str = ""
    source: str = ""
    cancel_reason: str = ""
    price_minor: int = 0
    currency: str = ""
    deposit_minor: int = 0
    deposit_status: str = "NONE"
    deposit_payment_id: str = ""
    version: int = 1
    created_at: str = ""
    updated_at: str = ""

    @property
    def is_live(self) -> bool:
        """Tell whether the booking holds its time."""
        return self.status in LIVE


@dataclass(frozen=True, slots=True)
class ClaimRecord:
    """Five minutes of a provider that a booking holds, from `cell_at` on; `expires_at_s` is its ttl, epoch seconds."""

    tenant_id: str
    provider_id: str
    cell_at: str
    booking_id: str
    expires_at_s: int = 0


@dataclass(frozen=True, slots=True)
class RuleRecord:
    """When a provider works on one day of the week, `MON` … `SUN`."""

    tenant_id: str
    provider_id: str
    rule_id: str
    day_of_week: str
    ranges: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", tuple(self.ranges))


@dataclass(frozen=True, slots=True)
class ScheduleRecord:
    """What versions a provider's schedule; `rules_version` is that of its rules and zone alone."""

    tenant_id: str
    provider_id: str
    timezone: str
    rules_version: int
    version: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class ClosureRecord:
    """An exception to a provider's rules on one local day; `kept` are bookings that stay all the same."""

    tenant_id: str
    provider_id: str
    exception_id: str
    date: str
    status: str
    all_day: bool = False
    ranges: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "ranges", tuple(self.ranges))
        object.__setattr__(self, "kept", tuple(self.kept))


@dataclass(frozen=True, slots=True)
class RequestRecord:
    """What a request with an idempotency key led to."""

    tenant_id: str
    request_id: str
    booking_id: str


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What a tenant used in a month, `2026-11`."""

    tenant_id: str
    month: str
    messages: int = 0
    bookings: int = 0
    tokens: int = 0
    errors: int = 0
    plan: str = ""


@dataclass(frozen=True, slots=True)
class ConversationRecord:
    """One conversation; `turn` counts the messages that it took, `not_understood` those it could make nothing of."""

    tenant_id: str
    conversation_id: str
    state: str
    turn: int = 0
    not_understood: int = 0
    last_message_at: str = ""


@dataclass(frozen=True, slots=True)
class SagaRecord:
    """One execution of a machine that moves a deposit; `machine` is deposit or cancellation."""

    machine: str
    name: str
    status: str
    error: str = ""


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """One item as one way of reading finds it: `place` is `table`, or the name of an index of `table`."""

    table: str
    place: str
    item: Mapping[str, Any] = field(default_factory=dict)
