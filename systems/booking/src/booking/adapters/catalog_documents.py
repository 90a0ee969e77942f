"""What answers show of services, categories and providers."""

from groundwork.money import format_amount

from booking.adapters.forms import Document
from booking.adapters.words import Instant
from booking.domain.catalog import Category, Provider, Service


class ServiceDocument(Document):
    """A service."""

    service_id: str
    name: str
    description: str
    duration_minutes: int
    price: str
    currency: str
    active: bool
    created_at: Instant
    updated_at: Instant
    category: str | None = None
    deposit: str | None = None

    @classmethod
    def of(cls, service: Service) -> "ServiceDocument":
        """Return a service as clients see it; money as decimals."""
        deposit = format_amount(service.deposit_minor, service.currency) if service.deposit_minor else None
        return cls(
            service_id=service.service_id,
            name=service.name,
            description=service.description,
            duration_minutes=service.duration_minutes,
            price=format_amount(service.price_minor, service.currency),
            currency=service.currency,
            active=service.active,
            created_at=service.created_at,
            updated_at=service.updated_at,
            category=service.category,
            deposit=deposit,
        )


class CategoryDocument(Document):
    """A category."""

    category_id: str
    name: str
    description: str
    is_active: bool
    display_order: int
    metadata: dict[str, str]
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, category: Category) -> "CategoryDocument":
        """Return a category as clients see it."""
        return cls(
            category_id=category.category_id,
            name=category.name,
            description=category.description,
            is_active=category.is_active,
            display_order=category.display_order,
            metadata=dict(category.metadata),
            created_at=category.created_at,
            updated_at=category.updated_at,
        )


class ProviderDocument(Document):
    """A provider."""

    provider_id: str
    name: str
    bio: str
    service_ids: list[str]
    timezone: str
    active: bool
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, provider: Provider) -> "ProviderDocument":
        """Return a provider as clients see it."""
        return cls(
            provider_id=provider.provider_id,
            name=provider.name,
            bio=provider.bio,
            service_ids=list(provider.service_ids),
            timezone=provider.timezone,
            active=provider.active,
            created_at=provider.created_at,
            updated_at=provider.updated_at,
        )


class ServicePage(Document):
    """A page of services."""

    items: list[ServiceDocument]
    next_cursor: str | None = None


class CategoryPage(Document):
    """A page of categories, by displayOrder."""

    items: list[CategoryDocument]
    next_cursor: str | None = None


class ProviderPage(Document):
    """A page of providers."""

    items: list[ProviderDocument]
    next_cursor: str | None = None
