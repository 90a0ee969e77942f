"""Services, categories and providers as items and back; attribute names are the tables' interface."""

from collections.abc import Mapping
from typing import Any

from booking.domain.catalog import Category, Provider, Service, normalized_name

Values = dict[str, Any]


def service_key(tenant_id: str, service_id: str) -> dict[str, str]:
    """Return a service's key."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"SERVICE#{service_id}"}


def service_values(tenant_id: str, service: Service, fingerprint: str | None) -> Values:
    """Return a service as an item's values; `fingerprint` is of the request that made it, if it may be repeated."""
    return {
        **service_key(tenant_id, service.service_id),
        "GSI1PK": f"TENANT#{tenant_id}",
        "GSI1SK": f"NAME#{normalized_name(service.name)}",
        "entity": "Service",
        "tenantId": tenant_id,
        "serviceId": service.service_id,
        "name": service.name,
        "description": service.description,
        "category": service.category,
        "durationMinutes": service.duration_minutes,
        "priceMinor": service.price_minor,
        "currency": service.currency,
        "depositMinor": service.deposit_minor,
        "active": service.active,
        "version": service.version,
        "createdAt": service.created_at,
        "updatedAt": service.updated_at,
        "requestFingerprint": fingerprint,
    }


def service_from(values: Mapping[str, Any]) -> Service:
    """Return an item's values as a service."""
    return Service(
        service_id=values["serviceId"],
        name=values["name"],
        duration_minutes=values["durationMinutes"],
        price_minor=values["priceMinor"],
        currency=values["currency"],
        deposit_minor=values.get("depositMinor", 0),
        description=values.get("description", ""),
        category=values.get("category"),
        active=values.get("active", True),
        **_history(values),
    )


def category_key(tenant_id: str, category_id: str) -> dict[str, str]:
    """Return a category's key: this table's partition is the plain tenant id."""
    return {"tenantId": tenant_id, "categoryId": category_id}


def category_values(tenant_id: str, category: Category, fingerprint: str | None) -> Values:
    """Return a category as an item's values."""
    return {
        **category_key(tenant_id, category.category_id),
        "entity": "Category",
        "name": category.name,
        "description": category.description,
        "isActive": category.is_active,
        "displayOrder": category.display_order,
        "metadata": dict(category.metadata),
        "version": category.version,
        "createdAt": category.created_at,
        "updatedAt": category.updated_at,
        "requestFingerprint": fingerprint,
    }


def category_from(values: Mapping[str, Any]) -> Category:
    """Return an item's values as a category."""
    return Category(
        category_id=values["categoryId"],
        name=values["name"],
        description=values.get("description", ""),
        is_active=values.get("isActive", True),
        display_order=values.get("displayOrder", 0),
        metadata=values.get("metadata", {}),
        **_history(values),
    )


def provider_key(tenant_id: str, provider_id: str) -> dict[str, str]:
    """Return the key of a provider's main item."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"PROVIDER#{provider_id}"}


def provider_values(tenant_id: str, provider: Provider, fingerprint: str | None) -> Values:
    """Return a provider's main item; it stands in no index, its links do."""
    return {
        **provider_key(tenant_id, provider.provider_id),
        "entity": "Provider",
        "tenantId": tenant_id,
        "providerId": provider.provider_id,
        "name": provider.name,
        "bio": provider.bio,
        "serviceIds": list(provider.service_ids),
        "timezone": provider.timezone,
        "active": provider.active,
        "version": provider.version,
        "createdAt": provider.created_at,
        "updatedAt": provider.updated_at,
        "requestFingerprint": fingerprint,
    }


def provider_from(values: Mapping[str, Any]) -> Provider:
    """Return a main item's values as a provider."""
    return Provider(
        provider_id=values["providerId"],
        name=values["name"],
        timezone=values["timezone"],
        service_ids=tuple(values.get("serviceIds", ())),
        bio=values.get("bio", ""),
        active=values.get("active", True),
        **_history(values),
    )


def link_key(tenant_id: str, provider_id: str, service_id: str) -> dict[str, str]:
    """Return the key of the link between a provider and one of its services."""
    return {"PK": f"TENANT#{tenant_id}", "SK": f"PROVIDER#{provider_id}#SERVICE#{service_id}"}


def link_values(tenant_id: str, provider: Provider, service_id: str) -> Values:
    """Return one link: what makes "providers by service" find a provider of several services by each."""
    return {
        **link_key(tenant_id, provider.provider_id, service_id),
        "GSI1PK": f"TENANT#{tenant_id}#SERVICE#{service_id}",
        "GSI1SK": f"PROVIDER#{provider.provider_id}",
        "entity": "ProviderService",
        "tenantId": tenant_id,
        "providerId": provider.provider_id,
        "serviceId": service_id,
        "name": provider.name,
        "timezone": provider.timezone,
        "active": provider.active,
    }


def schedule_key(tenant_id: str, provider_id: str) -> dict[str, str]:
    """Return the key of a provider's schedule item, which every change of its times counts up."""
    return {"PK": f"TENANT#{tenant_id}#PROVIDER#{provider_id}", "SK": "SCHEDULE"}


def schedule_values(tenant_id: str, provider: Provider) -> Values:
    """Return the schedule item of a new provider."""
    return {
        **schedule_key(tenant_id, provider.provider_id),
        "entity": "Schedule",
        "tenantId": tenant_id,
        "providerId": provider.provider_id,
        "version": 1,
        "rulesVersion": 1,
        "timezone": provider.timezone,
        "active": provider.active,
    }


def _history(values: Mapping[str, Any]) -> Values:
    return {
        "version": values.get("version", 1),
        "created_at": values.get("createdAt", ""),
        "updated_at": values.get("updatedAt", ""),
    }
