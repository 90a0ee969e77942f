"""Rules and closings: what becomes of bookings in the way, of races with new ones, and of requests cut short."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import pytest
from booking.domain.booking import Booking, Status
from booking.domain.bookings import BookingDesk
from booking.domain.errors import (
    BookingClosed,
    BookingsInTheWay,
    Conflict,
    IdempotencyConflict,
    NotFound,
    OutsideAvailability,
    RequestInvalid,
)
from booking.domain.schedule import Closing, ClosingStatus, ExistingBookings, TimeRange, Weekday
from booking.domain.schedule_store import ClosingActivation, NewClosing, Place
from booking.domain.schedules import RULES_MAX, ClosingRequest, RuleRequest, ScheduleDesk

from tests.systems.booking.bookings.memory import (
    MONDAY,
    NINE,
    PROVIDER,
    TENANT,
    Clock,
    Crash,
    MemoryBookings,
    MemorySchedules,
    MemoryTables,
    asked,
    seeded,
    soon,
    sound,
)

PLACE = Place(TENANT, PROVIDER)
KEEP, CANCEL, REFUSE = ExistingBookings.KEEP, ExistingBookings.CANCEL, ExistingBookings.REFUSE


@dataclass
class World:
    tables: MemoryTables = field(default_factory=seeded)
    clock: Clock = field(default_factory=Clock)

    def __post_init__(self) -> None:
        store = MemoryBookings(self.tables)
        self.bookings = BookingDesk(store, self.clock, sleep=lambda _: None)
        self.desk = ScheduleDesk(
            MemorySchedules(self.tables), store.bookings, self.bookings.cancel, self.clock, lambda _: None
        )

    def book(self, hours: float = 0, key: str = "k-1") -> Booking:
        return self.bookings.book(asked(NINE + timedelta(hours=hours), key), soon())

    def close(self, existing: ExistingBookings = REFUSE, *ranges: tuple[str, str], day: date = MONDAY) -> Closing:
        request = ClosingRequest(day, "ill", tuple(TimeRange.parse(*one) for one in ranges), existing)
        return self.desk.close(PLACE, request, soon())

    def status(self, booking: Booking) -> Status:
        return self.bookings.find(TENANT, booking.booking_id).status


@pytest.fixture
def world() -> World:
    return World()


def test_a_closing_stands_at_once_when_nothing_is_booked(world: World) -> None:
    closing = world.close()

    assert (closing.status, closing.exception_id, closing.kept) == (ClosingStatus.ACTIVE, "2026-11-23-001", ())
    with pytest.raises(OutsideAvailability):
        world.book()


def test_a_closing_is_refused_with_the_bookings_in_its_way_and_leaves_nothing(world: World) -> None:
    booking = world.book()

    with pytest.raises(BookingsInTheWay) as refused:
        world.close(REFUSE, ("09:30", "10:00"))

    assert refused.value.details == {"bookings": [booking.booking_id]}
    assert world.tables.closings == {}
    assert world.book(2, "k-2").status is Status.CONFIRMED


def test_a_closing_keeps_or_cancels_what_is_asked_and_only_in_its_hours(world: World) -> None:
    within, beside = world.book(), world.book(1, "k-2")

    kept = world.close(KEEP, ("09:00", "10:00"))
    still = world.status(within)
    cancelled = world.close(CANCEL, ("09:00", "10:00"))

    assert kept.kept == (within.booking_id,)
    assert still is Status.CONFIRMED
    assert cancelled.exception_id == "2026-11-23-002"
    assert cancelled.kept == ()
    assert (world.status(within), world.status(beside)) == (Status.CANCELLED, Status.CONFIRMED)
    assert world.bookings.find(TENANT, within.booking_id).cancel_reason == "provider_unavailable"
    assert sound(world.tables) == []


def test_the_same_closing_again_is_the_same(world: World) -> None:
    assert world.close() == world.close()
    assert len(world.tables.closings) == 1


def test_what_has_begun_stays_in_a_closing_whatever_is_asked(world: World) -> None:
    booking = world.book()
    world.clock.now = NINE + timedelta(minutes=30)

    assert world.close(CANCEL).kept == (booking.booking_id,)
    assert world.close(REFUSE).kept == (booking.booking_id,)
    assert world.status(booking) is Status.CONFIRMED


def test_a_booking_that_begins_while_it_is_being_cancelled_is_kept(world: World) -> None:
    booking = world.book()

    def too_late(*_: object) -> Booking:
        raise BookingClosed("it has begun")

    desk = ScheduleDesk(MemorySchedules(world.tables), MemoryBookings(world.tables).bookings, too_late, world.clock)

    closing = desk.close(PLACE, ClosingRequest(MONDAY, "", (), CANCEL), soon())
    assert closing.kept == (booking.booking_id,)


def test_a_day_that_is_over_for_the_provider_can_not_be_closed() -> None:
    auckland = World(seeded("Pacific/Auckland"))
    auckland.clock.now += timedelta(hours=2)  # there it is the 22nd now

    assert auckland.close(day=date(2026, 11, 22)).status is ClosingStatus.ACTIVE
    with pytest.raises(RequestInvalid):
        auckland.close(day=date(2026, 11, 21))


def test_no_booking_slips_in_between_the_look_and_the_closing(world: World) -> None:
    outcomes: list[str] = []

    def book_now(when: str, change: object) -> None:
        if isinstance(change, NewClosing | ClosingActivation):
            try:
                world.book(2 * len(outcomes), f"k-{len(outcomes)}")
                outcomes.append(f"booked {when} {type(change).__name__}")
            except OutsideAvailability:
                outcomes.append(f"refused {when} {type(change).__name__}")

    world.tables.interrupt = book_now

    with pytest.raises(BookingsInTheWay):
        world.close()
    assert outcomes == ["booked before NewClosing", "refused after NewClosing"]
    assert sound(world.tables) == []


def test_a_booking_reckoned_before_a_closing_is_refused_after_it(world: World) -> None:
    def close_first(when: str, change: object) -> None:
        if when == "before" and not isinstance(change, NewClosing | ClosingActivation):
            world.tables.interrupt = lambda _when, _change: None
            world.close()

    world.tables.interrupt = close_first

    with pytest.raises(OutsideAvailability):
        world.book()
    assert world.tables.bookings == {}


@pytest.mark.parametrize("existing", list(ExistingBookings))
@pytest.mark.parametrize("commit", range(1, 5))
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_closing_that_was_cut_short_anywhere_is_finished_by_the_same_request(
    world: World, existing: ExistingBookings, commit: int, when: str
) -> None:
    first, second = world.book(), world.book(2, "k-2")
    world.tables.interrupt = crash_at(commit, when, world)
    with contextlib.suppress(Crash, BookingsInTheWay):
        world.close(existing)
    world.tables.interrupt = lambda _when, _change: None

    if existing is REFUSE:
        with pytest.raises(BookingsInTheWay):
            world.close(existing)
        assert world.tables.closings == {}
    else:
        assert world.close(existing).status is ClosingStatus.ACTIVE
        assert len(world.tables.closings) == 1
    gone = existing is CANCEL
    assert {world.status(one) for one in (first, second)} == {Status.CANCELLED if gone else Status.CONFIRMED}
    assert sound(world.tables) == []


def test_a_reopened_day_can_be_booked_again(world: World) -> None:
    closing = world.close()

    world.desk.reopen(PLACE, closing.day, closing.seq, soon())

    assert world.book().status is Status.CONFIRMED
    with pytest.raises(NotFound, match="there is no exception 2026-11-23-001"):
        world.desk.reopen(PLACE, closing.day, closing.seq, soon())


def test_a_rule_counts_the_schedule_up_and_its_request_makes_it_once(world: World) -> None:
    request = RuleRequest(Weekday.MON, (TimeRange.parse("20:00", "24:00"),), "rule-key")

    rule = world.desk.add_rule(PLACE, request, soon())

    assert world.desk.add_rule(PLACE, request, soon()) == rule
    schedule = world.tables.schedules[PLACE]
    assert (schedule.version, schedule.rules_version) == (2, 2)
    with pytest.raises(IdempotencyConflict):
        world.desk.add_rule(PLACE, RuleRequest(Weekday.TUE, request.time_ranges, "rule-key"), soon())
    assert world.book(11).rules_version == 2


def test_a_removed_rule_leaves_its_bookings_alone(world: World) -> None:
    booking = world.book()

    world.desk.remove_rule(PLACE, "rul_MON", soon())

    assert world.status(booking) is Status.CONFIRMED
    with pytest.raises(OutsideAvailability):
        world.book(2, "k-2")
    with pytest.raises(NotFound, match="there is no rule rul_MON"):
        world.desk.remove_rule(PLACE, "rul_MON", soon())


def test_a_provider_has_only_so_many_rules(world: World) -> None:
    for number in range(RULES_MAX - len(world.tables.rules)):
        world.desk.add_rule(PLACE, RuleRequest(Weekday.MON, (TimeRange(0, 5),), f"k-{number}"), soon())

    with pytest.raises(Conflict):
        world.desk.add_rule(PLACE, RuleRequest(Weekday.MON, (TimeRange(0, 5),), "one more"), soon())
    again = world.desk.add_rule(PLACE, RuleRequest(Weekday.MON, (TimeRange(0, 5),), "k-0"), soon())
    assert again.rule_id in {rule_id for _, rule_id in world.tables.rules}


def test_a_provider_that_is_not_there_is_named(world: World) -> None:
    nowhere, request = Place(TENANT, "prv_x"), RuleRequest(Weekday.MON, (TimeRange(0, 60),))

    for act in (
        lambda: world.desk.add_rule(nowhere, request, soon()),
        lambda: world.desk.remove_rule(nowhere, "rul_MON", soon()),
        lambda: world.desk.close(nowhere, ClosingRequest(MONDAY, "", (), KEEP), soon()),
        lambda: world.desk.reopen(nowhere, MONDAY, 1, soon()),
    ):
        with pytest.raises(NotFound, match="there is no provider prv_x"):
            act()


def crash_at(commit: int, when: str, world: World) -> Callable[[str, object], None]:
    seen = 0

    def crash(now: str, _: object) -> None:
        nonlocal seen
        seen += now == "before"
        if seen == commit and now == when:
            raise Crash

    return crash
