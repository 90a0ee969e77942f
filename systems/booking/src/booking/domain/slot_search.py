"""The free slots of a provider for a service, reckoned from the tables as they are now.

What is told is an offer, not a promise: whoever books first has the slot, and the booking's own transaction decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil

from groundwork.instants import Clock, utc_now

from booking.domain.booking_store import BookingStore
from booking.domain.bookings import HORIZON_DAYS
from booking.domain.errors import NotFound
from booking.domain.slots import STEP_MINUTES, Opening, Slot, free_slots
from booking.domain.zones import minute_of

DAYS_MAX = 31
# Bookings are kept by the local date of the zone that they were made in; a provider may have moved since.
_NEIGHBOURS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """Finds free slots; raises StoreUnavailable when the tables stay busy."""

    store: BookingStore
    clock: Clock = utc_now

    def slots(
        self,
        tenant_id: str,
        service_id: str,
        provider_id: str,
        first: date,
        last: date,
        *,
        step_minutes: int = STEP_MINUTES,
    ) -> Sequence[Slot]:
        """Return the slots that start on the provider's local days first…last; raises NotFound.

        None when the service or the provider is inactive, or the provider does not offer the service.
        """
        grounds = self.store.grounds(tenant_id, service_id, provider_id)
        service, schedule = grounds.service, grounds.schedule
        if service is None:
            raise NotFound("service", service_id)
        if schedule is None:
            raise NotFound("provider", provider_id)
        if not (service.active and schedule.active and grounds.offered):
            return ()
        # A slot before midnight may run into the next day.
        closings = self.store.closings(tenant_id, provider_id, first, last + timedelta(days=1))
        opening = Opening(schedule.timezone, self.store.rules(tenant_id, provider_id), closings)
        now = self.clock()
        found = free_slots(
            opening,
            [
                one.span
                for one in self.store.bookings(tenant_id, provider_id, first - _NEIGHBOURS, last + _NEIGHBOURS)
                if one.is_live
            ],
            first,
            last,
            duration_minutes=service.duration_minutes,
            not_before=ceil(now.timestamp() / 60),
            step_minutes=step_minutes,
        )
        latest = minute_of(now + timedelta(days=HORIZON_DAYS))
        return [slot for slot in found if slot.start <= latest]
