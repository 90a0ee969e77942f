"""What a tenant has on offer, for one turn of the chat: read from the same tables as the API's lists and slots.

Each question is asked of the tables once a turn, however often the machine asks it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from groundwork.deadline import Deadline
from groundwork.money import format_amount

from booking.adapters.catalog_store import ServiceStore
from booking.adapters.provider_store import ProviderStore
from booking.domain.catalog import Page, Provider, Service, normalized_name
from booking.domain.chat.offers import ProviderOffer, ServiceOffer, SlotOffer
from booking.domain.errors import NotFound
from booking.domain.slot_search import SlotSearch

_PAGE = 100
_READ_S = 3.0


@dataclass(frozen=True, slots=True)
class TenantOffers:
    """The chat's Offers; made anew for every turn."""

    tenant_id: str
    service_store: ServiceStore
    provider_store: ProviderStore
    search: SlotSearch
    _read: dict[tuple[object, ...], Sequence[Any]] = field(default_factory=dict)

    def services(self) -> Sequence[ServiceOffer]:
        """Return the active services by name; raises StoreUnavailable."""
        return self._once(("services",), self._services)

    def providers(self, service_id: str) -> Sequence[ProviderOffer]:
        """Return the active providers of a service by name; raises StoreUnavailable."""
        return self._once(("providers", service_id), lambda: self._providers(service_id))

    def slots(self, service_id: str, provider_id: str, first: date, last: date) -> Sequence[SlotOffer]:
        """Return the free starts of the provider's local days first…last; raises StoreUnavailable."""
        asked = ("slots", service_id, provider_id, first, last)
        return self._once(asked, lambda: self._slots(service_id, provider_id, first, last))

    def _services(self) -> Sequence[ServiceOffer]:
        found: list[Service] = _all(self.service_store.page)
        return [_service_offer(one) for one in sorted(found, key=_by_name) if one.active]

    def _providers(self, service_id: str) -> Sequence[ProviderOffer]:
        store, deadline = self.provider_store, Deadline.after(_READ_S)
        found: list[Provider] = _all(lambda limit, position: store.of_service(service_id, limit, position, deadline))
        active = (one for one in sorted(found, key=_by_name) if one.active)
        return [ProviderOffer(one.provider_id, one.name, one.timezone) for one in active]

    def _slots(self, service_id: str, provider_id: str, first: date, last: date) -> Sequence[SlotOffer]:
        try:
            found = self.search.slots(self.tenant_id, service_id, provider_id, first, last)
        except NotFound:
            return []
        return [SlotOffer(slot.starts_at, slot.local_start.date()) for slot in found]

    def _once(self, asked: tuple[object, ...], read: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        if asked not in self._read:
            self._read[asked] = read()
        return self._read[asked]


def _all(page_of: Callable[[int, Mapping[str, Any] | None], Page]) -> list[Any]:
    """Return the whole of a list; plans keep them short."""
    page = page_of(_PAGE, None)
    found = list(page.items)
    while page.position:
        page = page_of(_PAGE, page.position)
        found.extend(page.items)
    return found


def _by_name(one: Service | Provider) -> tuple[str, str]:
    identifier = one.service_id if isinstance(one, Service) else one.provider_id
    return normalized_name(one.name), identifier


def _service_offer(service: Service) -> ServiceOffer:
    return ServiceOffer(
        service_id=service.service_id,
        name=service.name,
        duration_minutes=service.duration_minutes,
        price=format_amount(service.price_minor, service.currency),
        currency=service.currency,
        asks_deposit=service.deposit_minor > 0,
    )
