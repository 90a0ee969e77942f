"""Random stories of bookings, moves, cancellations, closings and lost answers: after each step every promise holds."""

import contextlib
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from booking.domain.booking import Booking, DepositRequest, DepositStatus, Status
from booking.domain.bookings import BookingDesk
from booking.domain.errors import Refused
from booking.domain.schedule import ClosingStatus, ExistingBookings, TimeRange
from booking.domain.schedule_store import Place
from booking.domain.schedules import ClosingRequest, ScheduleDesk
from booking.domain.slots import Opening, is_open
from booking.domain.zones import zone_named
from groundwork.failures import Transient
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from tests.systems.booking.bookings.memory import (
    NINE,
    TENANT,
    Clock,
    Crash,
    MemoryBookings,
    MemorySchedules,
    asked,
    place_of,
    seeded,
    soon,
    sound,
)

PROVIDERS = ("prv_ana", "prv_ben")
T = TypeVar("T")
CELLS = st.integers(0, 60).map(lambda cell: NINE + timedelta(minutes=cell * 5))


class Story(RuleBasedStateMachine):
    """One tenant, two providers, any number of customers, and a store that sometimes loses its answers."""

    made = Bundle("made")

    @initialize(zone=st.sampled_from(["UTC", "America/Santiago", "Europe/Madrid"]))
    def open_up(self, zone: str) -> None:
        self.clock, self.number = Clock(), 0
        self.tables = seeded(zone, PROVIDERS)
        store = MemoryBookings(self.tables)
        self.desk = BookingDesk(store, self.clock, sleep=lambda _: None)
        schedules = MemorySchedules(self.tables)
        self.schedules = ScheduleDesk(schedules, store.bookings, self.desk.cancel, self.clock, lambda _: None)

    @rule(
        target=made,
        starts_at=CELLS,
        provider=st.sampled_from(PROVIDERS),
        service=st.sampled_from(["srv_cut", "srv_long", "srv_deposit"]),
        lost=st.booleans(),
    )
    def book(self, starts_at: object, provider: str, service: str, lost: bool) -> object:
        self.number += 1
        deposit = DepositRequest("rosa", "tok_visa") if service == "srv_deposit" else None
        request = asked(
            starts_at,
            f"k-{self.number}",
            provider_id=provider,
            service_id=service,
            deposit=deposit,  # type: ignore[arg-type]
        )
        book = self.desk.hold if deposit else self.desk.book
        booking = self.repeated(lambda: book(request, soon()), lost=lost)
        return booking.booking_id if booking else multiple()

    @rule(booking_id=made, starts_at=CELLS, provider=st.sampled_from([None, *PROVIDERS]), lost=st.booleans())
    def move(self, booking_id: str, starts_at: object, provider: str | None, lost: bool) -> None:
        move = self.desk.reschedule
        self.repeated(lambda: move(TENANT, booking_id, starts_at, provider, soon()), lost=lost)  # type: ignore[arg-type]

    @rule(booking_id=made, lost=st.booleans())
    def cancel(self, booking_id: str, lost: bool) -> None:
        self.repeated(lambda: self.desk.cancel(TENANT, booking_id, "ill", soon()), lost=lost)

    @rule(booking_id=made, paid=st.booleans(), lost=st.booleans())
    def settle(self, booking_id: str, paid: bool, lost: bool) -> None:
        if paid:
            self.repeated(lambda: self.desk.confirm(TENANT, booking_id, "dep", soon()), lost=lost)
        else:
            declined = DepositStatus.DECLINED
            self.repeated(lambda: self.desk.release(TENANT, booking_id, "no", declined, soon()), lost=lost)

    @rule(booking_id=consumes(made))
    def miss(self, booking_id: str) -> None:
        self.repeated(lambda: self.desk.no_show(TENANT, booking_id, soon()), lost=False)

    @rule(
        provider=st.sampled_from(PROVIDERS),
        hour=st.integers(8, 14),
        existing=st.sampled_from(ExistingBookings),
        lost=st.booleans(),
    )
    def close(self, provider: str, hour: int, existing: ExistingBookings, lost: bool) -> None:
        request = ClosingRequest(NINE.date(), "", (TimeRange(hour * 60, hour * 60 + 60),), existing)
        self.repeated(lambda: self.schedules.close(Place(TENANT, provider), request, soon()), lost=lost)

    @rule(minutes=st.integers(1, 1_000))
    def pass_time(self, minutes: int) -> None:
        self.clock.now += timedelta(minutes=minutes)

    @invariant()
    def every_promise_holds(self) -> None:
        if hasattr(self, "tables"):
            assert sound(self.tables) == []
            assert all(one.status is ClosingStatus.ACTIVE for one in self.tables.closings.values())
            for booking in self.tables.bookings.values():
                assert not booking.is_live or booking.status is Status.NO_SHOW or self.is_allowed(booking)

    def is_allowed(self, booking: Booking) -> bool:
        """Return whether a live booking lies inside the rules and outside all closings that don't keep it."""
        closings = [
            one
            for (place, _, _), one in self.tables.closings.items()
            if place == place_of(booking) and booking.booking_id not in one.kept
        ]
        rules = MemoryBookings(self.tables).rules(TENANT, booking.provider_id)
        assert zone_named(booking.timezone)
        return is_open(Opening(booking.timezone, rules, closings), booking.span)

    def repeated(self, act: Callable[[], T], *, lost: bool) -> T | None:
        """Act; with `lost`, the first commit is made and its answer is not, and the same is asked for again."""
        if lost:
            self.tables.interrupt = self.lose
            with contextlib.suppress(Crash, Refused):
                act()
            self.tables.interrupt = lambda _when, _change: None
        try:
            return act()
        except (Refused, Transient):
            return None

    def lose(self, when: str, _: object) -> None:
        if when == "after":
            self.tables.interrupt = lambda _when, _change: None
            raise Crash


Story.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
test_every_promise_holds_whatever_happens = Story.TestCase
