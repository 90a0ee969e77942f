"""Bookings that are held for a deposit: what is refused, and what becomes of them once the deposit is settled."""

from datetime import timedelta

import pytest
from booking.domain.booking import DepositStatus, Status
from booking.domain.errors import BookingClosed, IdempotencyConflict, OutsideAvailability, RequestInvalid, SlotTaken
from booking.domain.schedule import Schedule

from tests.systems.booking.bookings.memory import NINE, TENANT, asked, soon, sound
from tests.systems.booking.bookings.worlds import DEPOSIT, PLACE, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_deposit_is_asked_for_when_the_service_has_one(world: World) -> None:
    with pytest.raises(RequestInvalid):
        world.book(service_id="srv_deposit")
    with pytest.raises(RequestInvalid):
        world.desk.hold(asked(deposit=DEPOSIT), soon())
    with pytest.raises(RequestInvalid):
        world.desk.hold(asked(service_id="srv_deposit"), soon())
    assert world.tables.bookings == {}


def test_what_would_be_refused_anyhow_is_refused_before_anything_starts(world: World) -> None:
    with pytest.raises(RequestInvalid):
        world.desk.expect(asked(deposit=DEPOSIT))
    with pytest.raises(OutsideAvailability):
        world.desk.expect(asked(NINE - timedelta(hours=1), service_id="srv_deposit", deposit=DEPOSIT))
    world.held()
    world.tables.schedules[PLACE] = Schedule(2, 1, "UTC", active=False)
    world.desk.expect(asked(service_id="srv_deposit", deposit=DEPOSIT))  # made before: its own standing answers it


def test_a_key_of_another_request_is_refused_before_a_deposit_is_asked_for(world: World) -> None:
    world.book()

    with pytest.raises(IdempotencyConflict):
        world.desk.expect(asked(service_id="srv_deposit", deposit=DEPOSIT))


def test_a_held_slot_is_taken_and_confirmed_once_paid(world: World) -> None:
    held = world.held()
    with pytest.raises(SlotTaken):
        world.book(key="k-2")

    paid = world.desk.confirm(TENANT, held.booking_id, "dep-1", soon())
    again = world.desk.confirm(TENANT, held.booking_id, "dep-1", soon())

    assert held.status is Status.PENDING_DEPOSIT
    assert held.deposit_payment_id == f"dep-{held.booking_id}"
    assert (paid.status, paid.deposit_status) == (Status.CONFIRMED, DepositStatus.PAID)
    assert again == paid
    with pytest.raises(BookingClosed):
        world.desk.release(TENANT, held.booking_id, "late", DepositStatus.DECLINED, soon())


def test_a_released_hold_frees_its_slot_and_is_not_counted(world: World) -> None:
    held = world.held()

    released = world.desk.release(TENANT, held.booking_id, "declined", DepositStatus.DECLINED, soon())
    again = world.desk.release(TENANT, held.booking_id, "declined", DepositStatus.DECLINED, soon())

    assert (released.status, released.deposit_status) == (Status.CANCELLED, DepositStatus.DECLINED)
    assert again == released
    assert world.tables.claims == {}
    assert world.tables.usage == {"2026-11": 0}
    with pytest.raises(BookingClosed):
        world.desk.confirm(TENANT, held.booking_id, "dep-1", soon())


def test_a_hold_that_is_cancelled_tells_what_became_of_its_deposit_later(world: World) -> None:
    held = world.held()

    cancelled = world.desk.cancel(TENANT, held.booking_id, "changed my mind", soon())
    settled = world.desk.release(TENANT, held.booking_id, "unused", DepositStatus.REFUNDED, soon())

    assert cancelled.deposit_status is DepositStatus.PENDING
    assert (settled.deposit_status, settled.cancel_reason) == (DepositStatus.REFUNDED, "changed my mind")
    assert world.tables.usage == {"2026-11": 1}


def test_a_paid_deposit_is_to_be_given_back_when_its_booking_is_cancelled(world: World) -> None:
    held = world.held()
    world.desk.confirm(TENANT, held.booking_id, "dep-1", soon())

    cancelled = world.desk.cancel(TENANT, held.booking_id, "ill", soon())
    refunded = world.desk.release(TENANT, held.booking_id, "given back", DepositStatus.REFUNDED, soon())

    assert cancelled.deposit_status is DepositStatus.REFUND_PENDING
    assert (refunded.deposit_status, refunded.cancel_reason) == (DepositStatus.REFUNDED, "ill")
    assert world.desk.release(TENANT, held.booking_id, "again", DepositStatus.REFUNDED, soon()) == refunded
    assert world.tables.usage == {"2026-11": 1}


def test_a_deposit_that_was_paid_is_never_told_as_declined_later(world: World) -> None:
    held = world.held()
    world.desk.confirm(TENANT, held.booking_id, "dep-1", soon())
    cancelled = world.desk.cancel(TENANT, held.booking_id, "ill", soon())

    for status in (DepositStatus.DECLINED, DepositStatus.RELEASED):
        assert world.desk.release(TENANT, held.booking_id, "late news", status, soon()) == cancelled

    assert sound(world.tables) == []
