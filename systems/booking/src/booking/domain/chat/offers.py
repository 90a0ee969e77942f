"""What the chat may offer, as the machine asks for it; behind it are the same catalog and slots that the API shows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ServiceOffer:
    """An active service; `price` is a decimal string. One with a deposit is not booked by chat."""

    service_id: str
    name: str
    duration_minutes: int
    price: str
    currency: str
    asks_deposit: bool = False


@dataclass(frozen=True, slots=True)
class ProviderOffer:
    """An active provider; `timezone` is an IANA name."""

    provider_id: str
    name: str
    timezone: str


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """A free start: `starts_at` aware UTC, `day` the provider's local date."""

    starts_at: datetime
    day: date


class Offers(Protocol):
    """Reads of one tenant for one turn. Everything may raise Transient."""

    def services(self) -> Sequence[ServiceOffer]:
        """Return the active services, in the order in which they are shown."""

    def providers(self, service_id: str) -> Sequence[ProviderOffer]:
        """Return the active providers of a service, in the order in which they are shown; none when it is gone."""

    def slots(self, service_id: str, provider_id: str, first: date, last: date) -> Sequence[SlotOffer]:
        """Return the free starts from one local day to another, both included, in the order of time.

        None when service or provider are gone. At most 31 days.
        """
