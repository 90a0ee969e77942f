"""The desk that starts a deposit's machine and waits: what a customer is told, once and again."""

import json

import pytest
from booking.domain.booking import payment_id
from booking.domain.deposits import DepositDesk, document_of, request_of
from booking.domain.errors import (
    BookingClosed,
    DepositDeclined,
    IdempotencyConflict,
    NotFound,
    SlotTaken,
)
from booking.domain.payment_system import Declined
from groundwork.deadline import Deadline
from groundwork.executions import ExecutionExists, ExecutionsUnavailable, ExecutionView

from tests.systems.booking.bookings.memory import TENANT
from tests.systems.booking.deposits.worlds import World, soon, wanted
from tests.systems.machine import STARTED_AT, Run

WITHIN_S = 3.0


class MemoryExecutions:
    """One machine in memory: an execution runs to its end while somebody waits, as often as `after_looks` says."""

    def __init__(self, world: World, flow: str, after_looks: int = 1) -> None:
        self.world, self.flow, self.left = world, flow, after_looks
        self.views: dict[str, ExecutionView] = {}
        self.described = 0

    def start(self, name: str, document: str) -> tuple[str, str]:
        known = self.views.get(name)
        if known and (known.status != "RUNNING" or known.input != document):
            raise ExecutionExists(name)
        self.views[name] = known or ExecutionView(f"arn:{name}", "RUNNING", document, STARTED_AT)
        return f"arn:{name}", STARTED_AT

    def describe(self, name: str) -> ExecutionView | None:
        self.described += 1
        return self.views.get(name)

    def tick(self, _seconds: float) -> None:
        self.left -= 1
        if self.left:
            return
        machine = self.world.machine(self.flow)
        starts_at = {"deposit-flow": "HoldSlot", "cancellation-flow": "CancelBooking"}[self.flow]
        for name, view in self.views.items():
            self.views[name] = _ended(view, machine.run(starts_at, json.loads(view.input), name))


def _ended(view: ExecutionView, run: Run) -> ExecutionView:
    output = json.dumps(run.output)
    return ExecutionView(view.arn, run.status, view.input, view.started_at, output, run.error, run.cause)


def desk(world: World, after_looks: int = 1) -> DepositDesk:
    deposits = MemoryExecutions(world, "deposit-flow", after_looks)
    cancellations = MemoryExecutions(world, "cancellation-flow", after_looks)

    def sleep(seconds: float) -> None:
        (cancellations if cancellations.views else deposits).tick(seconds)

    return DepositDesk(world.desk, deposits, cancellations, sleep)


def within() -> Deadline:
    return Deadline.after(WITHIN_S)


def test_request_is_the_same_after_the_way_through_an_execution():
    assert request_of(json.loads(document_of(wanted()))) == wanted()
    assert request_of(json.loads(document_of(wanted(deposit=None)))) == wanted(deposit=None)


def test_booking_is_confirmed_while_the_customer_waits():
    world = World()

    standing = desk(world).submit(wanted(), within())

    assert standing.booking is not None
    assert (standing.booking.status, standing.booking.deposit_status) == ("CONFIRMED", "PAID")


def test_same_request_gets_the_same_answer():
    world = World()
    taking = desk(world)

    assert taking.submit(wanted(), within()) == taking.submit(wanted(), within())
    assert world.payments.asked.count("pay") == 1


def test_decline_is_told_the_same_each_time():
    world = World()
    world.payments.declines = Declined("card_declined", "the card was declined")
    taking = desk(world)

    for _ in range(2):
        with pytest.raises(DepositDeclined) as declined:
            taking.submit(wanted(), within())
        assert declined.value.message == "card_declined: the card was declined"


def test_refusal_of_the_slot_is_told_by_its_name():
    world = World()
    world.desk.hold(wanted("key-other"), soon())

    with pytest.raises(SlotTaken):
        desk(world, after_looks=3).submit(wanted(), within())


def test_nothing_taken_is_told_when_payments_could_not_be_reached():
    world = World()
    world.payments.troubles = ["unreachable"] * 20

    with pytest.raises(DepositDeclined) as declined:
        desk(world).submit(wanted(), within())
    assert declined.value.message.startswith("deposit_unavailable")


def test_key_with_other_content_is_refused():
    world = World()
    taking = desk(world)
    taking.submit(wanted(), within())

    with pytest.raises(IdempotencyConflict):
        taking.submit(wanted(customer_name="Bob"), within())


def test_booking_is_told_as_cancelled_when_payments_gave_the_deposit_back_by_itself():
    world = World()
    world.payments.returned.add(payment_id(wanted().booking_id))

    standing = desk(world).submit(wanted(), within())

    assert standing.booking is not None
    assert (standing.booking.status, standing.booking.deposit_status) == ("CANCELLED", "REFUNDED")


def test_pending_booking_is_told_when_nobody_knows_yet():
    world = World()
    world.payments.troubles = ["lost"] * 40

    standing = desk(world).submit(wanted(), Deadline.after(0.5))

    assert standing.booking is not None
    assert standing.booking.status == "PENDING_DEPOSIT"


def test_nothing_is_told_but_the_id_when_the_slot_is_not_held_yet():
    world = World()

    standing = desk(world, after_looks=100).submit(wanted(), Deadline.after(0.2))

    assert (standing.booking_id, standing.booking) == (wanted().booking_id, None)


def test_customer_is_to_look_later_when_the_hold_itself_is_parked():
    world = World()
    world.store.busy = 10**6

    with pytest.raises(ExecutionsUnavailable):
        desk(world).submit(wanted(), within())


def test_cancelled_booking_is_told_as_such_when_the_customer_cancelled_it():
    world = World()
    taking = desk(world)
    taking.submit(wanted(), within())
    world.cancel(wanted().booking_id, "deposit_declined, or so I say")

    standing = taking.submit(wanted(), within())

    assert standing.booking is not None
    assert (standing.booking.status, standing.booking.deposit_status) == ("CANCELLED", "REFUNDED")


def test_deposit_is_given_back_while_the_customer_waits():
    world = World()
    world.book(wanted())

    cancelled = desk(world).cancel(TENANT, wanted().booking_id, "plans changed", within())

    assert (cancelled.status, cancelled.deposit_status) == ("CANCELLED", "REFUNDED")
    assert cancelled.cancel_reason == "plans changed"


def test_cancellation_is_taken_in_once_whatever_reasons_are_given():
    world = World()
    world.book(wanted())
    cancelling = desk(world)
    cancelling.cancel(TENANT, wanted().booking_id, "plans changed", within())

    again = cancelling.cancel(TENANT, wanted().booking_id, "changed again", within())

    assert again.cancel_reason == "plans changed"
    assert world.payments.asked.count("refund") == 1


def test_refund_is_told_as_pending_when_it_is_parked():
    world = World()
    world.book(wanted())
    world.payments.troubles = ["lost"] * 40

    cancelled = desk(world).cancel(TENANT, wanted().booking_id, "plans changed", within())

    assert (cancelled.status, cancelled.deposit_status) == ("CANCELLED", "REFUND_PENDING")


def test_cancellation_is_refused_when_the_booking_has_begun():
    world = World()
    world.book(wanted())
    world.clock.advance(86_400 * 3)
    cancelling = desk(world)

    for _ in range(2):
        with pytest.raises(BookingClosed):
            cancelling.cancel(TENANT, wanted().booking_id, "plans changed", within())


def test_booking_that_does_not_exist_is_not_cancelled():
    with pytest.raises(NotFound):
        desk(World()).cancel(TENANT, "ten_a-none", "plans changed", within())


def test_cancellation_is_started_without_waiting_for_it():
    world = World()
    world.book(wanted())
    cancelling = desk(world)

    standing = cancelling.cancel(TENANT, wanted().booking_id, "closed", within(), wait=False)

    assert standing.status == "CONFIRMED"
    assert list(cancelling.cancellations.views) == [f"cancel-{wanted().booking_id}"]
