"""Conversations as items of the table, and back."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from groundwork.instants import instant, moment_of

from booking.domain.chat.conversation import Answer, Conversation, Draft, Option, State
from booking.domain.chat.languages import Language


def conversation_key(tenant_id: str, conversation_id: str) -> dict[str, str]:
    """Return the key of a conversation."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"CONV#{conversation_id}"}


def list_partition(tenant_id: str) -> str:
    """Return the index's partition of a tenant's conversations."""
    return f"TENANT#{tenant_id}#CONV"


def conversation_item(conversation: Conversation) -> dict[str, Any]:
    """Return a conversation as named values of its item; what was not told yet is None."""
    draft = conversation.draft
    return {
        **conversation_key(conversation.tenant_id, conversation.conversation_id),
        "GSI1PK": list_partition(conversation.tenant_id),
        "GSI1SK": instant(conversation.last_message_at),
        "tenantId": conversation.tenant_id,
        "entity": "Conversation",
        "conversationId": conversation.conversation_id,
        "state": str(conversation.state),
        "context": {"language": str(conversation.language), "channel": conversation.channel},
        "serviceId": draft.service_id,
        "serviceName": draft.service_name or None,
        "price": draft.price or None,
        "providerId": draft.provider_id,
        "providerName": draft.provider_name or None,
        "timezone": draft.timezone,
        "date": draft.day.isoformat() if draft.day else None,
        "datetime": second(draft.starts_at) if draft.starts_at else None,
        "customerName": draft.customer_name,
        "customerEmail": draft.customer_email,
        "monthFirst": conversation.month_first,
        "plan": conversation.plan,
        "page": conversation.page,
        "offered": [_option_item(one) for one in conversation.offered],
        "pending": conversation.pending,
        "attempt": conversation.attempt,
        "bookingId": conversation.booking_id,
        "turn": conversation.turn,
        "notUnderstood": conversation.not_understood,
        "tokensIA": conversation.ai_tokens,
        "answers": [_answer_item(one) for one in conversation.answers],
        "remembered": list(conversation.remembered),
        "createdAt": instant(conversation.started_at),
        "lastMessageAt": instant(conversation.last_message_at),
        "ttlDays": conversation.ttl_days,
        "ttl": conversation.expires_at_s,
        "version": conversation.version,
    }


def conversation_from(item: Mapping[str, Any]) -> Conversation:
    """Return the conversation of an item's named values."""
    return Conversation(
        tenant_id=item["tenantId"],
        conversation_id=item["conversationId"],
        language=Language(item["context"]["language"]),
        channel=item["context"]["channel"],
        started_at=moment_of(item["createdAt"]),
        last_message_at=moment_of(item["lastMessageAt"]),
        expires_at_s=item["ttl"],
        state=State(item["state"]),
        month_first=item.get("monthFirst", False),
        ttl_days=item.get("ttlDays", 1),
        plan=item.get("plan", ""),
        draft=_draft_from(item),
        page=item.get("page", 0),
        offered=tuple(_option_from(one) for one in item.get("offered", ())),
        pending=item.get("pending", False),
        attempt=item.get("attempt", 1),
        booking_id=item.get("bookingId"),
        turn=item["turn"],
        not_understood=item.get("notUnderstood", 0),
        ai_tokens=item.get("tokensIA", 0),
        answers=tuple(_answer_from(one) for one in item.get("answers", ())),
        remembered=tuple(item.get("remembered", ())),
        version=item["version"],
    )


def second(moment: datetime) -> str:
    """Return an instant to the second, e.g. 2026-11-21T10:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _draft_from(item: Mapping[str, Any]) -> Draft:
    return Draft(
        service_id=item.get("serviceId"),
        service_name=item.get("serviceName", ""),
        price=item.get("price", ""),
        provider_id=item.get("providerId"),
        provider_name=item.get("providerName", ""),
        timezone=item.get("timezone", "UTC"),
        day=date.fromisoformat(item["date"]) if item.get("date") else None,
        starts_at=moment_of(item["datetime"]) if item.get("datetime") else None,
        customer_name=item.get("customerName"),
        customer_email=item.get("customerEmail"),
    )


def _option_item(option: Option) -> dict[str, str]:
    return {"value": option.value, "label": option.label}


def _option_from(item: Mapping[str, str]) -> Option:
    return Option(item["value"], item["label"])


def _answer_item(answer: Answer) -> dict[str, Any]:
    item = {
        "messageId": answer.message_id,
        "fingerprint": answer.fingerprint,
        "turn": answer.turn,
        "state": str(answer.state),
        "text": answer.text,
        "options": [_option_item(one) for one in answer.options],
        "understood": answer.understood,
    }
    return item | ({"bookingId": answer.booking_id} if answer.booking_id else {})


def _answer_from(item: Mapping[str, Any]) -> Answer:
    return Answer(
        message_id=item["messageId"],
        fingerprint=item["fingerprint"],
        turn=item["turn"],
        state=State(item["state"]),
        text=item["text"],
        options=tuple(_option_from(one) for one in item["options"]),
        understood=item["understood"],
        booking_id=item.get("bookingId"),
    )
