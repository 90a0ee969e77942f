"""A tenant of two providers over tables in memory, and the desk that takes its bookings."""

from dataclasses import dataclass, field

from booking.domain.booking import Booking, DepositRequest
from booking.domain.bookings import BookingDesk
from booking.domain.schedule_store import Place

from tests.systems.booking.bookings.memory import (
    PROVIDER,
    TENANT,
    Clock,
    MemoryBookings,
    MemoryTables,
    asked,
    seeded,
    soon,
)

PLACE = Place(TENANT, PROVIDER)
DEPOSIT = DepositRequest("rosa", "tok_visa")


@dataclass
class World:
    tables: MemoryTables = field(default_factory=lambda: seeded(providers=(PROVIDER, "prv_ben")))
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        self.desk = BookingDesk(MemoryBookings(self.tables), self.clock, sleep=lambda _: None)

    def book(self, **values: object) -> Booking:
        return self.desk.book(asked(**values), soon())  # type: ignore[arg-type]

    def held(self, key: str = "k-1") -> Booking:
        return self.desk.hold(asked(service_id="srv_deposit", deposit=DEPOSIT, key=key), soon())
