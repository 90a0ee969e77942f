"""Puts together what bookings and schedules need, for a worker, from its environment."""

from dataclasses import dataclass

from groundwork.deadline import Deadline
from groundwork.instants import utc_now
from groundwork.settings import Environment

from booking.adapters.booking_lists import BookingLists
from booking.adapters.booking_store import DynamoBookingStore
from booking.adapters.cursors import Cursors
from booking.adapters.deposit_wiring import deposit_desk
from booking.adapters.rate_limits import RateLimits
from booking.adapters.rows import rows_for
from booking.adapters.schedule_store import DynamoScheduleStore
from booking.adapters.tables import TableNames
from booking.adapters.tenant_access import client_for
from booking.domain.booking import Booking, DepositStatus
from booking.domain.bookings import BookingDesk
from booking.domain.deposits import DepositDesk
from booking.domain.schedules import ScheduleDesk
from booking.domain.slot_search import SlotSearch


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Cancels a booking: at once, or by the state machine that gives its deposit back."""

    desk: BookingDesk
    deposits: DepositDesk

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> Booking:
        """Return the booking when all is done, or as it stands at the deadline; raises NotFound, BookingClosed."""
        booking = self.desk.find(tenant_id, booking_id)
        if booking.deposit_status is DepositStatus.NONE:
            return self.desk.cancel(tenant_id, booking_id, reason, deadline)
        return self.deposits.cancel(tenant_id, booking_id, reason, deadline)

    def cancel_now(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> Booking:
        """Return the cancelled booking, whose deposit is surely given back later; raises NotFound, BookingClosed."""
        if self.desk.find(tenant_id, booking_id).deposit_status is not DepositStatus.NONE:
            # The machine is started first: a worker that dies in between leaves nobody waiting for money.
            self.deposits.cancel(tenant_id, booking_id, reason, deadline, wait=False)
        return self.desk.cancel(tenant_id, booking_id, reason, deadline)


@dataclass(frozen=True, slots=True)
class Desks:
    """What the routes of bookings and schedules need from outside; `wait_s` bounds how long a deposit is waited for."""

    bookings: BookingDesk
    deposits: DepositDesk
    cancelling: Cancelling
    schedules: ScheduleDesk
    search: SlotSearch
    lists: BookingLists
    cursors: Cursors
    rates: RateLimits
    wait_s: float

    @classmethod
    def from_environment(cls) -> "Desks":
        """Build them from this process's environment."""
        environment = Environment.current()
        tables = TableNames.from_environment(environment)
        store = DynamoBookingStore(client_for, tables)
        desk = BookingDesk(store)
        deposits = deposit_desk(environment, desk)
        cancelling = Cancelling(desk, deposits)
        return cls(
            bookings=desk,
            deposits=deposits,
            cancelling=cancelling,
            schedules=ScheduleDesk(DynamoScheduleStore(client_for, tables), store.bookings, cancelling.cancel_now),
            search=SlotSearch(store),
            lists=BookingLists(client_for, tables),
            cursors=Cursors.from_environment(environment),
            rates=RateLimits(rows_for, tables, utc_now),
            wait_s=environment.number("API_WAIT_SECONDS", 10),
        )
