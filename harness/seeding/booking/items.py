"""A seeded tenant as the items of the booking system's ten tables, as that system writes them.

Everything an access pattern needs is there: one link item a service of a provider, one claim a cell of a live
booking, the schedule that a booking is checked against, and counters that equal the bookings and turns. Not there:
requests, because nobody will repeat what nobody sent. Verified against items that the system wrote itself
(tests/seeding/test_live.py).
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from harness.seeding.booking.chat_items import conversation_row, marker_rows
from harness.seeding.booking.model import ApiKey, Category, Closure, Provider, Rule, Service, Tenant
from harness.seeding.booking.notation import (
    instant,
    normalized,
    provider_key,
    tenant_key,
    told_of,
    told_ranges,
)
from harness.seeding.booking.trade_items import booking_rows, held_rows, rules_version, usage_rows
from harness.seeding.rows import Row, wire_item


def tenant_rows(tenant: Tenant, today: datetime) -> Iterator[Row]:
    """Give every item of a tenant but its conversations; claims that time has deleted before `today` are left out."""
    yield _tenant(tenant)
    yield from (_key(tenant, key) for key in tenant.keys)
    yield from (_category(tenant, category) for category in tenant.categories)
    yield from (_service(tenant, service) for service in tenant.services)
    for provider in tenant.providers:
        yield from _provider(tenant, provider)
        for booking in provider.bookings:
            yield from booking_rows(tenant, provider, booking, today)
    yield from usage_rows(tenant)
    yield from held_rows(tenant)
    yield from (row for chat in tenant.conversations for row in marker_rows(tenant, chat, today))


def conversation_rows(tenant: Tenant) -> Iterator[Row]:
    """Give a tenant's conversations: last, because the meter counts what their stream tells unless it is marked."""
    return (conversation_row(tenant, chat) for chat in tenant.conversations)


def _tenant(tenant: Tenant) -> Row:
    settings = {
        "widget": {"primaryColor": tenant.color, "language": tenant.language},
        "ai": {"mode": "FSM"},
        "conversationTtlDays": tenant.conversation_ttl_days,
    }
    values = {
        "PK": tenant_key(tenant),
        "SK": "META#TENANT",
        **told_of(tenant, "Tenant", tenant.created_at),
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
        "PK": tenant_key(tenant),
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
        **told_of(tenant, "Category", tenant.created_at),
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
        "PK": tenant_key(tenant),
        "SK": f"SERVICE#{service.service_id}",
        "GSI1PK": tenant_key(tenant),
        "GSI1SK": f"NAME#{normalized(service.name)}",
        **told_of(tenant, "Service", tenant.created_at),
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
        "PK": tenant_key(tenant),
        "SK": f"PROVIDER#{provider.provider_id}",
        **told_of(tenant, "Provider", tenant.created_at),
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
            "PK": tenant_key(tenant),
            "SK": f"PROVIDER#{provider.provider_id}#SERVICE#{service.service_id}",
            "GSI1PK": f"{tenant_key(tenant)}#SERVICE#{service.service_id}",
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
        "PK": provider_key(tenant, provider),
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


def _rule(tenant: Tenant, provider: Provider, rule: Rule) -> Row:
    values = {
        "PK": provider_key(tenant, provider),
        "SK": f"RULE#{rule.rule_id}",
        **told_of(tenant, "Rule", tenant.created_at),
        "providerId": provider.provider_id,
        "ruleId": rule.rule_id,
        "dayOfWeek": rule.day,
        "timeRanges": told_ranges(rule.ranges),
    }
    return Row("AvailabilityTable", wire_item(values))


def _closure(tenant: Tenant, provider: Provider, closure: Closure) -> Row:
    values = {
        "PK": provider_key(tenant, provider),
        "SK": f"EXCEPTION#{closure.day}#{closure.number:03d}",
        **told_of(tenant, "Exception", tenant.created_at),
        "providerId": provider.provider_id,
        "exceptionId": f"{closure.day}-{closure.number:03d}",
        "date": str(closure.day),
        "seq": closure.number,
        "reason": closure.reason,
        "allDay": closure.all_day,
        "timeRanges": told_ranges(closure.ranges),
        "status": "ACTIVE",
        "keptBookings": [],
        "fingerprint": hashlib.sha256(repr(closure).encode()).hexdigest()[:32],
    }
    return Row("ExceptionsTable", wire_item(values))
