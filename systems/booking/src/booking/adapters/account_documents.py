"""What answers show of tenants, keys and usage."""

from typing import Any

from msgspec import field

from booking.adapters.forms import Document
from booking.adapters.words import Instant
from booking.domain.api_keys import ApiKey, KeyStatus, Scope
from booking.domain.plans import Plan
from booking.domain.tenants import Settings, Tenant, TenantStatus, Usage


class WidgetDocument(Document):
    """How the chat widget looks and speaks."""

    primary_color: str
    language: str


class AiDocument(Document):
    """How the chat thinks."""

    mode: str


class SettingsDocument(Document):
    """A tenant's settings."""

    widget: WidgetDocument
    ai: AiDocument
    conversation_ttl_days: int

    @classmethod
    def of(cls, settings: Settings) -> "SettingsDocument":
        """Return settings as clients see them."""
        return cls(
            widget=WidgetDocument(primary_color=settings.primary_color, language=settings.language),
            ai=AiDocument(mode=settings.ai_mode),
            conversation_ttl_days=settings.conversation_ttl_days,
        )


class TenantDocument(Document):
    """A tenant."""

    tenant_id: str
    name: str
    country: str
    timezone: str
    plan: Plan
    billing_email: str
    status: TenantStatus
    settings: SettingsDocument
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, tenant: Tenant) -> "TenantDocument":
        """Return a tenant as its owner sees it."""
        return cls(**_tenant_fields(tenant))


class SignUpDocument(TenantDocument):
    """A new tenant with its first key; `apiKey` is shown this once."""

    api_key_id: str
    public_key: str
    api_key: str | None = None

    @classmethod
    def with_key(cls, tenant: Tenant, key: ApiKey, text: str | None) -> "SignUpDocument":
        """Return a tenant with its first key; `text` only while the key was never used."""
        told = _tenant_fields(tenant)
        return cls(**told, api_key_id=key.api_key_id, public_key=key.public_key, api_key=text)


class KeyDocument(Document):
    """A key as it is listed: never its text or hash."""

    api_key_id: str
    public_key: str
    name: str
    status: KeyStatus
    scopes: list[Scope]
    allowed_origins: list[str]
    created_at: Instant
    last_used_at: Instant | None = None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyDocument":
        """Return a key as its tenant sees it."""
        return cls(**_key_fields(key))


class NewKeyDocument(KeyDocument):
    """A new key; `apiKey` is shown this once."""

    api_key: str

    @classmethod
    def with_text(cls, key: ApiKey, text: str) -> "NewKeyDocument":
        """Return a new key with its text."""
        return cls(**_key_fields(key), api_key=text)


class UsageDocument(Document):
    """What was used in a month (UTC)."""

    month: str
    plan: str
    messages: int
    bookings: int
    tokens_ia: int = field(name="tokensIA")
    errors: int

    @classmethod
    def of(cls, usage: Usage) -> "UsageDocument":
        """Return a month's usage as its tenant sees it."""
        return cls(
            month=usage.month,
            plan=usage.plan,
            messages=usage.messages,
            bookings=usage.bookings,
            tokens_ia=usage.tokens_ia,
            errors=usage.errors,
        )


class KeyPage(Document):
    """A page of keys."""

    items: list[KeyDocument]
    next_cursor: str | None = None


class UsagePage(Document):
    """A page of months, the latest first."""

    items: list[UsageDocument]
    next_cursor: str | None = None


class HealthDocument(Document):
    """Whether the API answers."""

    status: str


def _tenant_fields(tenant: Tenant) -> dict[str, Any]:
    return {
        "tenant_id": tenant.tenant_id,
        "name": tenant.name,
        "country": tenant.country,
        "timezone": tenant.timezone,
        "plan": tenant.plan,
        "billing_email": tenant.billing_email,
        "status": tenant.status,
        "settings": SettingsDocument.of(tenant.settings),
        "created_at": tenant.created_at,
        "updated_at": tenant.updated_at,
    }


def _key_fields(key: ApiKey) -> dict[str, Any]:
    return {
        "api_key_id": key.api_key_id,
        "public_key": key.public_key,
        "name": key.name,
        "status": key.status,
        "scopes": list(key.scopes),
        "allowed_origins": list(key.allowed_origins),
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
    }
