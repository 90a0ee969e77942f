"""Bookings, one step at a time: who gets a slot, what a repetition gives, what is refused and with which word."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from booking.domain.booking import BookingRequest, DepositStatus, Status
from booking.domain.booking_store import BookingMove, NewBooking
from booking.domain.bookings import BookingDesk
from booking.domain.errors import (
    BookingClosed,
    IdempotencyConflict,
    LimitReached,
    NotFound,
    OutsideAvailability,
    RequestInvalid,
    SlotTaken,
    StoreUnavailable,
)
from booking.domain.schedule import Schedule
from groundwork.deadline import Deadline

from tests.systems.booking.bookings.memory import (
    NINE,
    PROVIDER,
    TENANT,
    Crash,
    MemoryBookings,
    asked,
    soon,
    sound,
)
from tests.systems.booking.bookings.worlds import DEPOSIT, PLACE, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_free_slot_is_booked_with_the_services_terms(world: World) -> None:
    booking = world.book()

    assert booking.status is Status.CONFIRMED
    assert (booking.price_minor, booking.currency, booking.duration_minutes) == (2500, "EUR", 60)
    assert booking.deposit_status is DepositStatus.NONE
    assert len(world.tables.claims) == 12
    assert sound(world.tables) == []


def test_the_same_request_is_one_booking_told_as_it_is_now(world: World) -> None:
    first = world.book()
    world.desk.cancel(TENANT, first.booking_id, "ill", soon())

    again = world.book()

    assert again.booking_id == first.booking_id
    assert again.status is Status.CANCELLED
    assert world.tables.usage == {"2026-11": 1}


def test_a_key_is_refused_when_it_comes_with_another_request(world: World) -> None:
    world.book()

    with pytest.raises(IdempotencyConflict):
        world.book(starts_at=NINE + timedelta(hours=2))
    assert sound(world.tables) == []


def test_requests_without_a_key_are_bookings_of_their_own(world: World) -> None:
    one, other = world.book(key=None), world.book(key=None, starts_at=NINE + timedelta(hours=1))

    assert one.booking_id != other.booking_id


def test_the_id_names_the_tenant_so_that_two_tenants_with_one_key_never_meet() -> None:
    ours, theirs = asked(), replace(asked(), tenant_id="ten_b")

    assert ours.booking_id.startswith("ten_a-")
    assert ours.booking_id.removeprefix("ten_a-") != theirs.booking_id.removeprefix("ten_b-")


@pytest.mark.parametrize("minutes", [-55, -5, 0, 5, 55])
def test_a_slot_is_taken_at_once_when_any_part_of_it_is(world: World, minutes: int) -> None:
    world.book(starts_at=NINE + timedelta(hours=1))
    pauses: list[float] = []
    desk = replace(world.desk, sleep=pauses.append)

    with pytest.raises(SlotTaken):
        desk.book(asked(NINE + timedelta(hours=1, minutes=minutes), "k-2"), soon())
    assert pauses == []
    assert sound(world.tables) == []


def test_neighbours_and_other_providers_do_not_take_a_slot(world: World) -> None:
    world.book()
    world.book(starts_at=NINE + timedelta(hours=1), key="k-2")
    world.book(provider_id="prv_ben", key="k-3")

    assert sound(world.tables) == []


@pytest.mark.parametrize(
    "starts_at",
    [
        NINE - timedelta(minutes=5),
        NINE + timedelta(hours=3, minutes=5),
        NINE - timedelta(days=3),
        NINE.replace(year=2028),
    ],
)
def test_a_time_is_refused_outside_of_availability(world: World, starts_at: object) -> None:
    with pytest.raises(OutsideAvailability):
        world.book(starts_at=starts_at)


@pytest.mark.parametrize("off", [timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)])
def test_a_time_off_the_grid_is_no_valid_request(world: World, off: timedelta) -> None:
    with pytest.raises(RequestInvalid) as refused:
        world.book(starts_at=NINE + off)
    assert [problem.field for problem in refused.value.problems] == ["datetime"]


@pytest.mark.parametrize(
    ("missing", "words"),
    [({"service_id": "srv_x"}, "there is no service srv_x"), ({"provider_id": "prv_x"}, "there is no provider prv_x")],
)
def test_what_does_not_exist_is_named(world: World, missing: dict[str, object], words: str) -> None:
    with pytest.raises(NotFound, match=words):
        world.book(**missing)


def test_nothing_is_booked_with_whom_is_inactive(world: World) -> None:
    world.tables.schedules[PLACE] = Schedule(2, 1, "UTC", active=False)

    with pytest.raises(OutsideAvailability):
        world.book()


def test_the_plans_limit_is_never_passed(world: World) -> None:
    world.tables.monthly_max = 1
    world.book()

    with pytest.raises(LimitReached):
        world.book(starts_at=NINE + timedelta(hours=1), key="k-2")
    assert sound(world.tables) == []


def test_a_schedule_that_changes_meanwhile_is_reckoned_with_anew(world: World) -> None:
    def close_once(when: str, change: object) -> None:
        if when == "before" and isinstance(change, NewBooking):
            world.tables.interrupt = lambda _when, _change: None
            world.tables.rules.clear()
            world.tables.schedules[PLACE] = Schedule(2, 2, "UTC", active=True)

    world.tables.interrupt = close_once

    with pytest.raises(OutsideAvailability):
        world.book()
    assert world.tables.bookings == {}


def test_a_schedule_that_never_rests_ends_in_try_again(world: World) -> None:
    def keep_changing(when: str, _: object) -> None:
        was = world.tables.schedules[PLACE]
        world.tables.schedules[PLACE] = replace(was, version=was.version + 1)

    world.tables.interrupt = keep_changing

    with pytest.raises(StoreUnavailable):
        world.desk.book(asked(), Deadline.after(0.05))


def test_a_lost_answer_is_found_again_by_the_same_request(world: World) -> None:
    def lose(when: str, _: object) -> None:
        if when == "after":
            world.tables.interrupt = lambda _when, _change: None
            raise Crash

    world.tables.interrupt = lose
    with pytest.raises(Crash):
        world.book()

    assert world.book().status is Status.CONFIRMED
    assert world.tables.usage == {"2026-11": 1}
    assert sound(world.tables) == []


def test_exactly_one_of_many_gets_a_slot(world: World) -> None:
    def try_one(number: int) -> str:
        service, minutes = ("srv_long", 0) if number % 3 == 0 else ("srv_cut", number % 3 * 5)
        request = asked(NINE + timedelta(minutes=minutes), f"k-{number}", service_id=service)
        try:
            return BookingDesk(MemoryBookings(world.tables), world.clock).book(request, soon()).booking_id
        except SlotTaken:
            return ""

    with ThreadPoolExecutor(8) as pool:
        won = [one for one in pool.map(try_one, range(24)) if one]

    assert len(won) == 1
    assert sound(world.tables) == []


def test_a_cancelled_slot_is_free_again(world: World) -> None:
    booking = world.book()

    cancelled = world.desk.cancel(TENANT, booking.booking_id, "ill", soon())
    again = world.desk.cancel(TENANT, booking.booking_id, "other words", soon())

    assert (cancelled.status, cancelled.cancel_reason, cancelled.version) == (Status.CANCELLED, "ill", 2)
    assert again == cancelled
    assert world.book(key="k-2").status is Status.CONFIRMED
    assert sound(world.tables) == []


def test_what_has_begun_can_be_missed_but_not_cancelled_or_moved(world: World) -> None:
    booking = world.book()
    with pytest.raises(BookingClosed, match="not begun"):
        world.desk.no_show(TENANT, booking.booking_id, soon())
    world.clock.now = NINE

    with pytest.raises(BookingClosed):
        world.desk.cancel(TENANT, booking.booking_id, "late", soon())
    with pytest.raises(BookingClosed):
        world.desk.reschedule(TENANT, booking.booking_id, NINE + timedelta(days=1), None, soon())
    missed = world.desk.no_show(TENANT, booking.booking_id, soon())

    assert missed.status is Status.NO_SHOW
    assert world.desk.no_show(TENANT, booking.booking_id, soon()) == missed
    assert len(world.tables.claims) == 12


@pytest.mark.parametrize(("minutes", "provider"), [(15, None), (120, None), (0, "prv_ben"), (60, "prv_ben")])
def test_a_booking_moves_with_its_claims(world: World, minutes: int, provider: str | None) -> None:
    booking = world.book()
    to = NINE + timedelta(minutes=minutes)

    moved = world.desk.reschedule(TENANT, booking.booking_id, to, provider, soon())
    again = world.desk.reschedule(TENANT, booking.booking_id, to, provider, soon())

    assert (moved.booking_id, moved.starts_at, moved.version) == (booking.booking_id, to, 2)
    assert moved.provider_id == (provider or PROVIDER)
    assert again == moved
    assert world.tables.usage == {"2026-11": 1}
    assert sound(world.tables) == []


def test_a_booking_stays_where_it_is_when_the_other_time_is_not_free(world: World) -> None:
    booking, other = world.book(), world.book(key="k-2", starts_at=NINE + timedelta(hours=1))
    move = world.desk.reschedule

    with pytest.raises(SlotTaken):
        move(TENANT, booking.booking_id, other.starts_at - timedelta(minutes=30), None, soon())
    with pytest.raises(OutsideAvailability):
        move(TENANT, booking.booking_id, NINE + timedelta(hours=10), None, soon())
    with pytest.raises(NotFound):
        move(TENANT, booking.booking_id, NINE, "prv_x", soon())
    assert world.desk.find(TENANT, booking.booking_id) == booking
    assert sound(world.tables) == []


def test_a_moved_booking_keeps_its_length_and_price_when_the_service_has_changed(world: World) -> None:
    booking = world.book()
    world.tables.services["srv_cut"] = replace(world.tables.services["srv_cut"], duration_minutes=30, price_minor=1)

    moved = world.desk.reschedule(TENANT, booking.booking_id, NINE + timedelta(hours=2), None, soon())

    assert (moved.duration_minutes, moved.price_minor) == (60, 2500)


def test_a_move_that_is_sent_twice_at_once_ends_well_for_both(world: World) -> None:
    booking, to = world.book(), NINE + timedelta(hours=2)

    def the_other_is_quicker(when: str, change: object) -> None:
        if when == "before" and isinstance(change, BookingMove):
            world.tables.interrupt = lambda _when, _change: None
            world.desk.reschedule(TENANT, booking.booking_id, to, None, soon())

    world.tables.interrupt = the_other_is_quicker

    moved = world.desk.reschedule(TENANT, booking.booking_id, to, None, soon())

    assert (moved.starts_at, moved.version) == (to, 2)
    assert sound(world.tables) == []


def test_nobody_finds_the_booking_of_another_tenant(world: World) -> None:
    booking = world.book()

    with pytest.raises(NotFound, match=f"there is no booking {booking.booking_id}"):
        world.desk.find("ten_b", booking.booking_id)
    with pytest.raises(NotFound):
        world.desk.cancel("ten_b", booking.booking_id, "x", soon())


def test_two_who_change_a_booking_at_once_both_see_its_end(world: World) -> None:
    booking = world.book()

    with ThreadPoolExecutor(8) as pool:
        ends = set(pool.map(lambda n: world.desk.cancel(TENANT, booking.booking_id, f"r{n}", soon()), range(8)))

    assert len(ends) == 1
    assert sound(world.tables) == []


def test_a_request_has_the_same_fingerprint_exactly_when_it_asks_the_same() -> None:
    same = asked(source="chat", key="other")
    others: list[BookingRequest] = [
        asked(NINE + timedelta(minutes=5)),
        asked(customer_name="Eva"),
        asked(service_id="srv_long"),
        asked(deposit=DEPOSIT),
        asked(deposit=replace(DEPOSIT, card="tok_other")),
    ]

    assert asked().fingerprint == same.fingerprint
    assert len({one.fingerprint for one in [same, *others]}) == 6
