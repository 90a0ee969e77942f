"""Lists of bookings, rules and exceptions, page by page, in the tenant's name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from booking.adapters.booking_items import BOOKING_PREFIX, booking_from, day_partition, partition
from booking.adapters.rows import Rows, Where
from booking.adapters.schedule_items import EXCEPTION_PREFIX, RULE_PREFIX, closing_from, rule_from
from booking.adapters.tables import TableNames
from booking.domain.catalog import Page

Position = Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class BookingLists:
    """The lists; everything may raise StoreUnavailable."""

    client_of: Callable[[str], Any]
    tables: TableNames

    def of_provider(self, tenant_id: str, provider_id: str, day: date, limit: int, position: Position) -> Page:
        """Return a provider's bookings that start on a local day, in order; strongly consistent."""
        prefix = ("SK", f"{BOOKING_PREFIX}{day.isoformat()}#")
        where = Where(self.tables.bookings, ("PK", partition(tenant_id, provider_id)), prefix)
        found = Rows(self.client_of(tenant_id)).slice(where, limit, position)
        return Page([booking_from(item) for item in found.items], found.position)

    def of_tenant(self, tenant_id: str, day: date, limit: int, position: Position) -> Page:
        """Return a tenant's bookings whose provider's local day it is, by local time; eventually consistent."""
        where = Where(self.tables.bookings, ("GSI1PK", day_partition(tenant_id, day)), index="GSI1")
        found = Rows(self.client_of(tenant_id)).slice(where, limit, position)
        return Page([booking_from(item) for item in found.items], found.position)

    def closings(self, tenant_id: str, provider_id: str, day: date | None, limit: int, position: Position) -> Page:
        """Return a provider's closings, of one day or of all, in order; strongly consistent."""
        prefix = ("SK", f"{EXCEPTION_PREFIX}{day.isoformat()}#" if day else EXCEPTION_PREFIX)
        where = Where(self.tables.exceptions, ("PK", partition(tenant_id, provider_id)), prefix)
        found = Rows(self.client_of(tenant_id)).slice(where, limit, position)
        return Page([closing_from(item) for item in found.items], found.position)

    def rules(self, tenant_id: str, provider_id: str, limit: int, position: Position) -> Page:
        """Return a provider's rules, by their ids; strongly consistent."""
        where = Where(self.tables.availability, ("PK", partition(tenant_id, provider_id)), ("SK", RULE_PREFIX))
        found = Rows(self.client_of(tenant_id)).slice(where, limit, position)
        return Page([rule_from(item) for item in found.items], found.position)
