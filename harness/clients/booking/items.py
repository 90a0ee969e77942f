"""Items of the booking system's tables as records of a history."""

from collections.abc import Mapping, Sequence
from typing import Any

from harness.history import (
    BookingRecord,
    ClaimRecord,
    ClosureRecord,
    ConversationRecord,
    RequestRecord,
    RuleRecord,
    ScheduleRecord,
    UsageRecord,
)

Item = Mapping[str, Any]


def booking_of(item: Item) -> BookingRecord:
    """Return a booking."""
    return BookingRecord(
        tenant_id=str(item["tenantId"]),
        provider_id=str(item["providerId"]),
        booking_id=str(item["bookingId"]),
        status=str(item["status"]),
        starts_at=str(item["datetime"]),
        ends_at=str(item["endsAt"]),
        timezone=str(item["timezone"]),
        service_id=_text(item, "serviceId"),
        rules_version=_number(item, "rulesVersion"),
        customer_email=_text(item, "customerEmail"),
        source=_text(item, "source"),
        cancel_reason=_text(item, "cancelReason"),
        price_minor=_number(item, "priceMinor"),
        currency=_text(item, "currency"),
        deposit_minor=_number(item, "depositMinor"),
        deposit_status=_text(item, "depositStatus") or "NONE",
        deposit_payment_id=_text(item, "depositPaymentId"),
        version=_number(item, "version"),
        created_at=_text(item, "createdAt"),
        updated_at=_text(item, "updatedAt"),
    )


def claim_of(item: Item) -> ClaimRecord:
    """Return the claim of a cell."""
    return ClaimRecord(
        str(item["tenantId"]),
        _provider_of(item),
        str(item["SK"]).removeprefix("CLAIM#"),
        str(item["bookingId"]),
        _number(item, "ttl"),
    )


def rule_of(item: Item) -> RuleRecord:
    """Return a rule."""
    ranges = _ranges(item)
    return RuleRecord(str(item["tenantId"]), _provider_of(item), str(item["ruleId"]), str(item["dayOfWeek"]), ranges)


def schedule_of(item: Item) -> ScheduleRecord:
    """Return what versions a provider's schedule."""
    return ScheduleRecord(
        str(item["tenantId"]),
        _provider_of(item),
        str(item["timezone"]),
        _number(item, "rulesVersion"),
        _number(item, "version"),
        bool(item.get("active", True)),
    )


def closure_of(item: Item) -> ClosureRecord:
    """Return an exception to a provider's rules."""
    date, _, number = str(item["SK"]).removeprefix("EXCEPTION#").partition("#")
    return ClosureRecord(
        str(item["tenantId"]),
        _provider_of(item),
        f"{date}-{number}",
        str(item["date"]),
        str(item["status"]),
        bool(item.get("allDay")),
        _ranges(item),
        tuple(str(one) for one in item.get("keptBookings") or ()),
    )


def request_of(item: Item) -> RequestRecord:
    """Return what a request led to."""
    request_id = str(item["PK"]).rpartition("#REQUEST#")[2]
    return RequestRecord(str(item["tenantId"]), request_id, str(item["bookingId"]))


def usage_of(item: Item) -> UsageRecord:
    """Return what was used in a month."""
    return UsageRecord(
        str(item["tenantId"]),
        str(item["SK"]).removeprefix("USAGE#"),
        _number(item, "messages"),
        _number(item, "bookings"),
        _number(item, "tokensIA"),
        _number(item, "errors"),
        _text(item, "plan"),
    )


def conversation_of(item: Item) -> ConversationRecord:
    """Return a conversation."""
    return ConversationRecord(
        str(item["tenantId"]),
        str(item["conversationId"]),
        str(item["state"]),
        _number(item, "turn"),
        _number(item, "notUnderstood"),
        _text(item, "lastMessageAt"),
    )


def _provider_of(item: Item) -> str:
    return str(item.get("providerId") or str(item["PK"]).rpartition("#PROVIDER#")[2])


def _ranges(item: Item) -> tuple[str, ...]:
    ranges: Sequence[Mapping[str, str]] = item.get("timeRanges") or ()
    return tuple(f"{one['start']}-{one['end']}" for one in ranges)


def _text(item: Item, name: str) -> str:
    return str(item.get(name) or "")


def _number(item: Item, name: str) -> int:
    return int(item.get(name) or 0)
