"""A seeded tenant as the items of the booking system's ten tables, as that system writes them.

Everything an access pattern needs is there: one link item a service of a provider, one claim a cell of a live
booking, the schedule that a booking is checked against, and counters that equal the bookings and turns. Not there:
requests, because nobody will repeat what nobody sent. Verified against items that the system wrote itself
(tests/seeding/test_live.py).
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from harness.seeding.booking import hours
from harness.seeding.booking.model import (
    ApiKey,
    Booking,
    Category,
    Closure,
    Conversation,
    Provider,
    Rule,
    Service,
    Tenant,
    TimeRange,
)
from harness.seeding.rows import Row, wire_item
from harness.units import Money

CLAIM_KEPT = timedelta(days=30)
MARKER_KEPT = timedelta(days=30)
_SEPARATORS = re.compile(r"\s+")


def tenant_rows(tenant: Tenant, today: datetime) -> Iterator[Row]:
    """Give every item of a tenant but its conversations; claims that time has deleted before `today` are left out."""
    yield _tenant(tenant)
    yield from (_key(tenant, key) for key in tenant.keys)
    yield from (_category(tenant, category) for category in tenant.categories)
    yield from (_service(tenant, service) for service in tenant.services)
    for provider in tenant.providers:
        yield from _provider(tenant, provider)
        for booking in provider.bookings:
            yield from _booking(tenant, provider, booking, today)
    yield from _usage(tenant)
    yield from _held(tenant)
    yield from (row for chat in tenant.conversations for row in _markers(tenant, chat, today))


def conversation_rows(tenant: Tenant) -> Iterator[Row]:
    """Give a tenant's conversations: last, because the meter counts what their stream tells unless it is marked."""
    return (_conversation(tenant, chat) for chat in tenant.conversations)


def instant(moment: datetime) -> str:
    """Return an instant as the system writes those of records: UTC with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def second(moment: datetime) -> str:
    """Return an instant as the system writes those of bookings: UTC to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def normalized(name: str) -> str:
    """Return a name as services are looked up by: casefolded, without accents, one dash for spaces."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(one))
    return _SEPARATORS.sub("-", plain.strip())


def _tenant(tenant: Tenant) -> Row:
    settings = {
        "widget": {"primaryColor": tenant.color, "language": tenant.language},
        "ai": {"mode": "FSM"},
        "conversationTtlDays": tenant.conversation_ttl_days,
    }
    values = {
        "PK": _pk(tenant),
        "SK": "META#TENANT",
        **_of(tenant, "Tenant", tenant.created_at),
        "name": tenant.name,
        "country": tenant.country,
        "timezone": tenant.timezone,
        "plan": tenant.plan,
        "billingEmail": tenant.billing_email,
        "status": "ACTIVE",
        "settings": settings,
    }
    return Row("TenantsTable", wire_item(values))


def _key(tenant: Tenant, key: ApiKey) -> Row:
    values = {
        "PK": _pk(tenant),
        "SK": f"APIKEY#{key.key_id}",
        "GSI1PK": f"APIKEY#{key.prefix}",
        "GSI1SK": key.key_id,
        "tenantId": tenant.tenant_id,
        "entity": "ApiKey",
        "createdAt": instant(key.created_at),
        "apiKeyId": key.key_id,
        "publicKey": key.prefix,
        "name": "",
        "apiKeyHash": key.hash,
        "status": "ACTIVE" if key.active else "REVOKED",
        "scopes": list(key.scopes),
        "allowedOrigins": list(key.allowed_origins),
    }
    return Row("ApiKeysTable", wire_item(values))


def _category(tenant: Tenant, category: Category) -> Row:
    values = {
        "categoryId": category.category_id,
        **_of(tenant, "Category", tenant.created_at),
        "name": category.name,
        "description": category.description,
        "isActive": category.active,
        "displayOrder": category.order,
        "metadata": {},
        "version": 1,
    }
    return Row("CategoriesTable", wire_item(values))


def _service(tenant: Tenant, service: Service) -> Row:
    values = {
        "PK": _pk(tenant),
        "SK": f"SERVICE#{service.service_id}",
        "GSI1PK": _pk(tenant),
        "GSI1SK": f"NAME#{normalized(service.name)}",
        **_of(tenant, "Service", tenant.created_at),
        "serviceId": service.service_id,
        "name": service.name,
        "description": service.description,
        "category": service.category,
        "durationMinutes": service.duration_minutes,
        "priceMinor": service.price_minor,
        "currency": service.currency,
        "depositMinor": service.deposit_minor,
        "active": service.active,
        "version": 1,
    }
    return Row("ServicesTable", wire_item(values))


def _provider(tenant: Tenant, provider: Provider) -> Iterator[Row]:
    main = {
        "PK": _pk(tenant),
        "SK": f"PROVIDER#{provider.provider_id}",
        **_of(tenant, "Provider", tenant.created_at),
        "providerId": provider.provider_id,
        "name": provider.name,
        "bio": provider.bio,
        "serviceIds": [service.service_id for service in provider.services],
        "timezone": provider.timezone,
        "active": provider.active,
        "version": 1,
    }
    yield Row("ProvidersTable", wire_item(main))
    for service in provider.services:
        link = {
            "PK": _pk(tenant),
            "SK": f"PROVIDER#{provider.provider_id}#SERVICE#{service.service_id}",
            "GSI1PK": f"{_pk(tenant)}#SERVICE#{service.service_id}",
            "GSI1SK": f"PROVIDER#{provider.provider_id}",
            "tenantId": tenant.tenant_id,
            "entity": "ProviderService",
            "providerId": provider.provider_id,
            "serviceId": service.service_id,
            "name": provider.name,
            "timezone": provider.timezone,
            "active": provider.active,
        }
        yield Row("ProvidersTable", wire_item(link))
    yield _schedule(tenant, provider)
    yield from (_rule(tenant, provider, rule) for rule in provider.rules)
    yield from (_closure(tenant, provider, closure) for closure in provider.closures)


def _schedule(tenant: Tenant, provider: Provider) -> Row:
    values = {
        "PK": _provider_pk(tenant, provider),
        "SK": "SCHEDULE",
        "tenantId": tenant.tenant_id,
        "entity": "Schedule",
        "providerId": provider.provider_id,
        "version": 1 + len(provider.rules) + len(provider.closures),
        "rulesVersion": rules_version(provider),
        "timezone": provider.timezone,
        "active": provider.active,
    }
    return Row("AvailabilityTable", wire_item(values))


def rules_version(provider: Provider) -> int:
    """Return how often a provider's hours were changed: once to make them, and once a rule."""
    return 1 + len(provider.rules)


def _rule(tenant: Tenant, provider: Provider, rule: Rule) -> Row:
    values = {
        "PK": _provider_pk(tenant, provider),
        "SK": f"RULE#{rule.rule_id}",
        **_of(tenant, "Rule", tenant.created_at),
        "providerId": provider.provider_id,
        "ruleId": rule.rule_id,
        "dayOfWeek": rule.day,
        "timeRanges": _ranges(rule.ranges),
    }
    return Row("AvailabilityTable", wire_item(values))


def _closure(tenant: Tenant, provider: Provider, closure: Closure) -> Row:
    values = {
        "PK": _provider_pk(tenant, provider),
        "SK": f"EXCEPTION#{closure.day}#{closure.number:03d}",
        **_of(tenant, "Exception", tenant.created_at),
        "providerId": provider.provider_id,
        "exceptionId": f"{closure.day}-{closure.number:03d}",
        "date": str(closure.day),
        "seq": closure.number,
        "reason": closure.reason,
        "allDay": closure.all_day,
        "timeRanges": _ranges(closure.ranges),
        "status": "ACTIVE",
        "keptBookings": [],
        "fingerprint": hashlib.sha256(repr(closure).encode()).hexdigest()[:32],
    }
    return Row("ExceptionsTable", wire_item(values))


def _booking(tenant: Tenant, provider: Provider, booking: Booking, today: datetime) -> Iterator[Row]:
    local = booking.starts_at.astimezone(hours.zone(provider.timezone))
    day, clock = f"{local:%Y-%m-%d}", f"{local:%H:%M}"
    pk, service = _provider_pk(tenant, provider), booking.service
    updated_at = booking.closed_at or booking.created_at
    values = {
        "PK": pk,
        "SK": f"BOOKING#{day}#{clock}#{booking.booking_id}",
        "GSI1PK": f"{_pk(tenant)}#DATE#{day}",
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


def _usage(tenant: Tenant) -> Iterator[Row]:
    bookings = Counter(f"{booking.created_at:%Y-%m}" for booking in tenant.bookings)
    messages = Counter(dict(tenant.forgotten_turns))
    for chat in tenant.conversations:
        messages[f"{chat.last_message_at:%Y-%m}"] += chat.turns
    for month in sorted(bookings.keys() | messages.keys()):
        values = {
            "PK": _pk(tenant),
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


def _held(tenant: Tenant) -> Iterator[Row]:
    """Give the counters that the plan's limits are held against."""
    counts = {
        "services": len(tenant.services),
        "categories": len(tenant.categories),
        "providers": len(tenant.providers),
        "keys": sum(key.active for key in tenant.keys),
    }
    for kind, count in counts.items():
        values = {
            "PK": _pk(tenant),
            "SK": f"HELD#{kind}",
            "tenantId": tenant.tenant_id,
            "entity": "Held",
            "held": count,
        }
        yield Row("UsageTable", wire_item(values))


def _markers(tenant: Tenant, chat: Conversation, today: datetime) -> Iterator[Row]:
    """Give what tells the meter that a conversation's turns are counted; its stream will tell it of them once more."""
    for turn in range(1, chat.turns + 1):
        values = {
            "PK": _pk(tenant),
            "SK": f"METERED#{chat.conversation_id}#{turn}",
            "tenantId": tenant.tenant_id,
            "entity": "Metered",
            "month": f"{chat.last_message_at:%Y-%m}",
            "ttl": int((today + MARKER_KEPT).timestamp()),
        }
        yield Row("UsageTable", wire_item(values))


def _conversation(tenant: Tenant, chat: Conversation) -> Row:
    expires_at = chat.last_message_at + timedelta(days=tenant.conversation_ttl_days)
    values = {
        "PK": _pk(tenant),
        "SK": f"CONV#{chat.conversation_id}",
        "GSI1PK": f"{_pk(tenant)}#CONV",
        "GSI1SK": instant(chat.last_message_at),
        "tenantId": tenant.tenant_id,
        "entity": "Conversation",
        "conversationId": chat.conversation_id,
        "state": chat.state,
        "context": {"language": chat.language, "channel": chat.channel},
        **_chosen(tenant, chat),
        "monthFirst": False,
        "plan": tenant.plan,
        "page": 0,
        # What was offered last and said last is not made up: the chat offers anew whatever is asked next.
        "offered": [],
        "answers": [],
        "remembered": [],
        "pending": False,
        "attempt": 1,
        "turn": chat.turns,
        "notUnderstood": 0,
        "tokensIA": 0,
        "createdAt": instant(chat.started_at),
        "lastMessageAt": instant(chat.last_message_at),
        "ttlDays": tenant.conversation_ttl_days,
        "ttl": int(expires_at.timestamp()),
        "version": chat.turns + 1,
    }
    return Row("ConversationsTable", wire_item(values))


def _chosen(tenant: Tenant, chat: Conversation) -> dict[str, object]:
    """Return what a customer chose so far, None where nothing is."""
    service = next((one for one in tenant.services if one.service_id == chat.service_id), None)
    provider = next((one for one in tenant.providers if one.provider_id == chat.provider_id), None)
    zone = provider.timezone if provider else tenant.timezone
    local = chat.booking.starts_at.astimezone(hours.zone(zone)) if chat.booking else None
    return {
        "serviceId": chat.service_id or None,
        "serviceName": service.name if service else None,
        "price": str(Money(service.price_minor, service.currency)) if service else None,
        "providerId": chat.provider_id or None,
        "providerName": provider.name if provider else None,
        "timezone": zone,
        "date": f"{local:%Y-%m-%d}" if local else None,
        "datetime": second(chat.booking.starts_at) if chat.booking else None,
        "customerName": chat.customer_name or None,
        "customerEmail": chat.customer_email or None,
        "bookingId": chat.booking.booking_id if chat.booking else None,
    }


def _of(tenant: Tenant, entity: str, at: datetime) -> dict[str, object]:
    return {"tenantId": tenant.tenant_id, "entity": entity, "createdAt": instant(at), "updatedAt": instant(at)}


def _pk(tenant: Tenant) -> str:
    return f"TENANT#{tenant.tenant_id}"


def _provider_pk(tenant: Tenant, provider: Provider) -> str:
    return f"{_pk(tenant)}#PROVIDER#{provider.provider_id}"


def _ranges(ranges: tuple[TimeRange, ...]) -> list[dict[str, str]]:
    return [{"start": one.start, "end": one.end} for one in ranges]
