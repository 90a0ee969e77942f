"""A seeded tenant's conversations as items, and the markers that tell the meter that their turns are counted."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from harness.seeding.booking import hours
from harness.seeding.booking.model import Conversation, Tenant
from harness.seeding.booking.notation import instant, second, tenant_key
from harness.seeding.rows import Row, wire_item
from harness.units import Money

MARKER_KEPT = timedelta(days=30)


def conversation_row(tenant: Tenant, chat: Conversation) -> Row:
    """Return a conversation as it stands."""
    expires_at = chat.last_message_at + timedelta(days=tenant.conversation_ttl_days)
    values = {
        "PK": tenant_key(tenant),
        "SK": f"CONV#{chat.conversation_id}",
        "GSI1PK": f"{tenant_key(tenant)}#CONV",
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


def marker_rows(tenant: Tenant, chat: Conversation, today: datetime) -> Iterator[Row]:
    """Give what tells the meter that a conversation's turns are counted; its stream will tell it of them once more."""
    for turn in range(1, chat.turns + 1):
        values = {
            "PK": tenant_key(tenant),
            "SK": f"METERED#{chat.conversation_id}#{turn}",
            "tenantId": tenant.tenant_id,
            "entity": "Metered",
            "month": f"{chat.last_message_at:%Y-%m}",
            "ttl": int((today + MARKER_KEPT).timestamp()),
        }
        yield Row("UsageTable", wire_item(values))


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
