"""What a tenant offers: services, the categories that they are sorted into, and the providers who give them."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

SERVICES_PER_PROVIDER_MAX = 40


@dataclass(frozen=True, slots=True)
class Service:
    """Something that can be booked. Money is in minor units; a deposit of 0 means that none is asked for.

    `version` counts changes; the instants are text as `groundwork.instants` gives it.
    """

    service_id: str
    name: str
    duration_minutes: int
    price_minor: int
    currency: str
    deposit_minor: int = 0
    description: str = ""
    category: str | None = None
    active: bool = True
    version: int = 1
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Category:
    """A heading of a tenant's services; lists are ordered by `display_order`, then by id."""

    category_id: str
    name: str
    description: str = ""
    is_active: bool = True
    display_order: int = 0
    metadata: Mapping[str, str] = field(default_factory=dict)
    version: int = 1
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """Somebody who gives services, in a time zone of their own (IANA, e.g. America/Santiago)."""

    provider_id: str
    name: str
    timezone: str
    service_ids: Sequence[str] = ()
    bio: str = ""
    active: bool = True
    version: int = 1
    created_at: str = ""
    updated_at: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list; `position` is where the next one begins, None at the end."""

    items: Sequence[Any]
    position: Mapping[str, Any] | None = None


def normalized_name(name: str) -> str:
    """Return a name as it is looked up: casefolded, without accents, words joined by one dash."""
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "-".join("".join(one for one in decomposed if not unicodedata.combining(one)).split())
