"""Puts the catalog's stores together for a worker, and what its routes have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from groundwork.instants import Clock, instant, utc_now
from groundwork.settings import Environment
from msgspec import UNSET, structs

from booking.adapters.catalog_store import CategoryStore, Creation, ServiceStore
from booking.adapters.cursors import Cursors
from booking.adapters.forms import Form
from booking.adapters.paging import PageQuery, Paging
from booking.adapters.provider_store import ProviderStore
from booking.adapters.rate_limits import RateLimits
from booking.adapters.routing import Call
from booking.adapters.rows import Rows, rows_for
from booking.adapters.tables import TableNames
from booking.domain.ids import fingerprint


@dataclass(frozen=True, slots=True)
class Catalog:
    """What this function needs from outside."""

    tables: TableNames
    cursors: Cursors
    rates: RateLimits
    rows_of: Callable[[str], Rows]
    clock: Clock = utc_now

    @classmethod
    def from_environment(cls) -> "Catalog":
        """Build them from this process's environment."""
        environment = Environment.current()
        tables = TableNames.from_environment(environment)
        rates = RateLimits(rows_for, tables, utc_now)
        return cls(tables, Cursors.from_environment(environment), rates, rows_for)

    def services(self, tenant_id: str) -> ServiceStore:
        """Return a tenant's services."""
        return ServiceStore(self.rows_of(tenant_id), self.tables, tenant_id)

    def categories(self, tenant_id: str) -> CategoryStore:
        """Return a tenant's categories."""
        return CategoryStore(self.rows_of(tenant_id), self.tables, tenant_id)

    def providers(self, tenant_id: str) -> ProviderStore:
        """Return a tenant's providers."""
        return ProviderStore(self.rows_of(tenant_id), self.tables, tenant_id)


CatalogCall = Call[Catalog]


def paging_of(call: CatalogCall, query: PageQuery, list_name: str) -> Paging:
    """Return the page that a query asks for."""
    return Paging(call.deps.cursors, call.tenant_id, list_name, query)


def now_of(call: CatalogCall) -> str:
    """Return the present as the tables hold it."""
    return instant(call.deps.clock())


def given(form: Form) -> dict[str, Any]:
    """Return the fields that a change names."""
    return {name: value for name, value in structs.asdict(form).items() if value is not UNSET}


def creation_of(call: CatalogCall, form: Form, held_max: int) -> Creation:
    """Return how something new is written; `held_max` is the plan's limit."""
    key = call.idempotency_key()
    return Creation(held_max, fingerprint(repr(form)) if key else None, call.deadline)
