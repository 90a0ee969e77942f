"""How the items of all tables write keys, instants, names and hours, as the booking system writes them."""

import re
import unicodedata
from datetime import UTC, datetime

from harness.seeding.booking.model import Provider, Tenant, TimeRange

_SEPARATORS = re.compile(r"\s+")


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


def tenant_key(tenant: Tenant) -> str:
    """Return the partition of what is a tenant's own."""
    return f"TENANT#{tenant.tenant_id}"


def provider_key(tenant: Tenant, provider: Provider) -> str:
    """Return the partition of a provider's times and bookings."""
    return f"{tenant_key(tenant)}#PROVIDER#{provider.provider_id}"


def told_of(tenant: Tenant, entity: str, at: datetime) -> dict[str, object]:
    """Return what every record says: whose and of which kind it is, and when it was made."""
    return {"tenantId": tenant.tenant_id, "entity": entity, "createdAt": instant(at), "updatedAt": instant(at)}


def told_ranges(ranges: tuple[TimeRange, ...]) -> list[dict[str, str]]:
    """Return hours of a day."""
    return [{"start": one.start, "end": one.end} for one in ranges]
