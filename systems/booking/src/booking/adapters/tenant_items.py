"""Tenants, API keys and usage as items and back; attribute names are the tables' interface."""

from collections.abc import Mapping
from typing import Any

from booking.domain.api_keys import ApiKey, KeyStatus, Scope
from booking.domain.plans import Plan
from booking.domain.tenants import Settings, Tenant, TenantStatus, Usage

Values = dict[str, Any]


def tenant_key(tenant_id: str) -> dict[str, str]:
    """Return the key of a tenant's own item."""
    return {"PK": f"TENANT#{tenant_id}", "SK": "META#TENANT"}


def tenant_values(tenant: Tenant, fingerprint: str | None = None) -> Values:
    """Return a tenant as an item's values."""
    settings = tenant.settings
    return {
        **tenant_key(tenant.tenant_id),
        "entity": "Tenant",
        "tenantId": tenant.tenant_id,
        "name": tenant.name,
        "country": tenant.country,
        "timezone": tenant.timezone,
        "plan": tenant.plan,
        "billingEmail": tenant.billing_email,
        "status": tenant.status,
        "settings": {
            "widget": {"primaryColor": settings.primary_color, "language": settings.language},
            "ai": {"mode": settings.ai_mode},
            "conversationTtlDays": settings.conversation_ttl_days,
        },
        "version": tenant.version,
        "createdAt": tenant.created_at,
        "updatedAt": tenant.updated_at,
        "requestFingerprint": fingerprint,
    }


def tenant_from(values: Mapping[str, Any]) -> Tenant:
    """Return an item's values as a tenant."""
    return Tenant(
        tenant_id=values["tenantId"],
        name=values["name"],
        country=values["country"],
        timezone=values["timezone"],
        billing_email=values["billingEmail"],
        plan=Plan(values["plan"]),
        status=TenantStatus(values["status"]),
        settings=_settings(values.get("settings", {})),
        version=values.get("version", 1),
        created_at=values.get("createdAt", ""),
        updated_at=values.get("updatedAt", ""),
    )


def api_key_key(tenant_id: str, api_key_id: str) -> dict[str, str]:
    """Return the key of an API key's item."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"APIKEY#{api_key_id}"}


def api_key_values(tenant_id: str, key: ApiKey) -> Values:
    """Return an API key as an item's values."""
    return {
        **api_key_key(tenant_id, key.api_key_id),
        "GSI1PK": f"APIKEY#{key.public_key}",
        "GSI1SK": key.api_key_id,
        "entity": "ApiKey",
        "tenantId": tenant_id,
        "apiKeyId": key.api_key_id,
        "publicKey": key.public_key,
        "apiKeyHash": key.key_hash,
        "status": key.status,
        "scopes": [str(scope) for scope in key.scopes],
        "allowedOrigins": list(key.allowed_origins),
        "name": key.name,
        "createdAt": key.created_at,
        "lastUsedAt": key.last_used_at,
    }


def api_key_from(values: Mapping[str, Any]) -> ApiKey:
    """Return an item's values as an API key; a scope that is not known is none."""
    return ApiKey(
        api_key_id=values["apiKeyId"],
        public_key=values["publicKey"],
        key_hash=values["apiKeyHash"],
        scopes=tuple(Scope(scope) for scope in values.get("scopes", ()) if scope in set(Scope)),
        allowed_origins=tuple(values.get("allowedOrigins", ())),
        status=KeyStatus(values["status"]),
        name=values.get("name", ""),
        created_at=values.get("createdAt", ""),
        last_used_at=values.get("lastUsedAt"),
    )


def usage_key(tenant_id: str, month: str) -> dict[str, str]:
    """Return the key of a tenant's usage of a month, e.g. 2026-11."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"USAGE#{month}"}


def usage_from(values: Mapping[str, Any], plan: str) -> Usage:
    """Return an item's values as usage; `plan` is told where the item has none."""
    return Usage(
        month=str(values["SK"]).removeprefix("USAGE#"),
        plan=values.get("plan", plan),
        messages=values.get("messages", 0),
        bookings=values.get("bookings", 0),
        tokens_ia=values.get("tokensIA", 0),
        errors=values.get("errors", 0),
    )


def _settings(values: Mapping[str, Any]) -> Settings:
    usual, widget = Settings(), values.get("widget", {})
    return Settings(
        primary_color=widget.get("primaryColor", usual.primary_color),
        language=widget.get("language", usual.language),
        ai_mode=values.get("ai", {}).get("mode", usual.ai_mode),
        conversation_ttl_days=values.get("conversationTtlDays", usual.conversation_ttl_days),
    )
