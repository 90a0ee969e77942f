"""The deposit flow from end to end: whoever keeps the slot has paid once, and nobody else has paid at all."""

import json

import pytest
from booking.domain.payment_system import Declined, NoRecord
from booking.handlers import reconcile_deposits
from groundwork.instants import moment_of

from tests.systems.booking.bookings.memory import TENANT
from tests.systems.booking.deposits.worlds import DEPOSIT_MINOR, World, soon, wanted
from tests.systems.machine import STARTED_AT, Run


def reconcile(world: World, run: Run) -> dict:
    """Deliver what a run parked."""
    records = [{"messageId": "m-1", "body": json.dumps(one)} for one in run.parked]
    return reconcile_deposits.handle({"Records": records}, world.steps, soon())


def test_booking_is_confirmed_when_its_deposit_is_paid():
    world = World()

    run = world.book(wanted())

    assert run.states == ["HoldSlot", "TakeDeposit", "ConfirmBooking"]
    assert run.output == {"booking_id": wanted().booking_id, "status": "CONFIRMED", "deposit_status": "PAID"}
    assert world.payments.money() == DEPOSIT_MINOR
    world.is_square()


def test_slot_is_free_again_when_the_deposit_is_declined():
    world = World()
    world.payments.declines = Declined("card_declined", "the card was declined")

    run = world.book(wanted())

    assert (run.status, run.error) == ("FAILED", "DepositDeclined")
    assert run.cause == "deposit_declined: card_declined: the card was declined"
    booking = world.booking(wanted())
    assert (booking.status, booking.deposit_status) == ("CANCELLED", "DECLINED")
    assert world.payments.asked == ["pay"]
    world.is_square()


@pytest.mark.parametrize(
    "troubles",
    [
        ["lost"],
        ["never"],
        ["late"],
        ["crash"],
        ["unreachable", "lost"],
        ["unreachable", "unreachable", "crash"],
        ["lost", "lost", "lost", "unreachable"],
        ["never", "lost", None, "lost"],
        ["late", "unreachable", "late"],
    ],
)
def test_customer_pays_once_when_answers_are_lost(troubles):
    world = World()
    world.payments.troubles = troubles

    run = world.book(wanted())

    assert run.status == "SUCCEEDED"
    assert world.payments.money() == DEPOSIT_MINOR
    world.is_square()


@pytest.mark.parametrize("nth", [1, 2])
def test_booking_is_made_once_when_the_function_dies_after_it_wrote(nth):
    world = World()
    world.store.crash_after_commits = {nth}

    run = world.book(wanted())

    assert run.status == "SUCCEEDED"
    assert world.store.commits == 2
    world.is_square()


def test_slot_is_given_back_when_payments_surely_was_never_reached():
    world = World()
    world.payments.troubles = ["unreachable"] * 20

    run = world.book(wanted())

    assert (run.error, run.states[-2:]) == ("DepositUnavailable", ["ReleaseBooking", "DepositFailed"])
    assert world.booking(wanted()).deposit_status == "RELEASED"
    assert set(world.payments.asked) == {"pay"}
    world.is_square()


def test_slot_is_kept_and_the_deposit_parked_while_nobody_knows():
    world = World()
    world.payments.troubles = ["lost"] * 40

    run = world.book(wanted())

    assert (run.error, run.states[-2:]) == ("DepositUnresolved", ["ParkUnresolvedDeposit", "DepositUnresolved"])
    assert world.booking(wanted()).status == "PENDING_DEPOSIT"
    assert [one["kind"] for one in run.parked] == ["deposit"]
    assert "card" not in json.dumps(run.parked)


def test_parked_deposit_is_confirmed_when_payments_answers_again():
    world = World()
    world.payments.troubles = ["lost"] * 40
    run = world.book(wanted())
    world.payments.troubles = []

    assert reconcile(world, run) == {"batchItemFailures": []}

    assert world.booking(wanted()).status == "CONFIRMED"
    world.is_square()


def test_parked_deposit_stays_parked_while_nobody_knows():
    world = World()
    world.payments.troubles = ["lost"] * 40
    run = world.book(wanted())
    world.payments.troubles = ["never"]

    assert reconcile(world, run) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert world.booking(wanted()).status == "PENDING_DEPOSIT"


def test_parked_deposit_is_released_when_it_was_declined_meanwhile():
    world = World()
    world.payments.declines = Declined("card_declined", "the card was declined")
    world.payments.troubles = ["lost"] * 40
    run = world.book(wanted())
    world.payments.troubles = []

    reconcile(world, run)

    assert world.booking(wanted()).deposit_status == "DECLINED"
    world.is_square()


def test_deposit_that_never_arrived_is_released_only_when_the_hold_and_the_quiet_are_over():
    world = World()
    world.payments.troubles = ["never"] * 16
    run = world.book(wanted())
    assert run.error == "DepositUnresolved"
    world.payments.troubles = []
    world.clock.now = world.clock.now.replace(hour=10, minute=1, second=5)  # 5 s after a hold of 60 s

    assert reconcile(world, run) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    world.clock.advance(10)
    assert reconcile(world, run) == {"batchItemFailures": []}

    assert world.booking(wanted()).deposit_status == "RELEASED"
    world.is_square()


def test_reconciliation_never_asks_for_money():
    world = World()
    world.payments.troubles = ["never"] * 40
    run = world.book(wanted())
    world.payments.troubles, world.payments.asked = [], []
    world.clock.now = moment_of(STARTED_AT)

    assert reconcile(world, run) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    assert world.payments.asked == ["standing"]


def test_deposit_goes_back_when_the_booking_was_cancelled_meanwhile():
    world = World()
    world.payments.troubles = ["lost"]
    ask = world.payments.standing

    def cancelled_first(*args):
        world.desk.cancel(TENANT, wanted().booking_id, "changed my mind", soon())
        world.payments.standing = ask
        return ask(*args)

    world.payments.standing = cancelled_first

    run = world.book(wanted())

    assert run.error == "BookingCancelled"
    assert run.states[-4:] == ["ConfirmBooking", "RefundDeposit", "MarkRefunded", "BookingCancelled"]
    booking = world.booking(wanted())
    assert (booking.cancel_reason, booking.deposit_status) == ("changed my mind", "REFUNDED")
    assert world.payments.money() == 0
    world.is_square()


def test_deposit_is_told_as_given_back_when_only_the_note_of_it_failed():
    world = World()
    world.payments.troubles = ["lost"]
    ask, refund = world.payments.standing, world.payments.refund

    def cancelled_first(*args):
        world.desk.cancel(TENANT, wanted().booking_id, "changed my mind", soon())
        world.payments.standing = ask
        return ask(*args)

    def then_busy(*args):
        world.store.busy = 10**6
        return refund(*args)

    world.payments.standing, world.payments.refund = cancelled_first, then_busy
    run = world.book(wanted())
    assert run.states[-4:] == ["RefundDeposit", "MarkRefunded", "ParkUnresolvedDeposit", "DepositUnresolved"]
    world.store.busy = 0

    assert reconcile(world, run) == {"batchItemFailures": []}

    booking = world.booking(wanted())
    assert (booking.cancel_reason, booking.deposit_status) == ("changed my mind", "REFUNDED")
    world.is_square()


def test_slot_is_free_again_when_payments_gave_the_deposit_back_by_itself():
    world = World()
    world.payments.troubles = ["lost"]
    ask = world.payments.standing

    def given_back_first(deposit, timeout_s):
        world.payments.returned.add(deposit.payment_id)
        return ask(deposit, timeout_s)

    world.payments.standing = given_back_first

    run = world.book(wanted())

    assert run.states[-3:] == ["AskDeposit", "MarkRefunded", "BookingCancelled"]
    booking = world.booking(wanted())
    assert (booking.status, booking.deposit_status) == ("CANCELLED", "REFUNDED")
    world.is_square()


def test_money_is_not_asked_for_again_when_the_booking_was_cancelled_before_any_arrived():
    world = World()
    world.payments.troubles = ["never"]
    ask = world.payments.standing

    def cancelled_first(*args):
        world.desk.cancel(TENANT, wanted().booking_id, "changed my mind", soon())
        world.payments.standing = ask
        return ask(*args)

    world.payments.standing = cancelled_first

    run = world.book(wanted())

    assert run.error == "DepositUnresolved"
    assert world.payments.asked.count("pay") == 1
    world.clock.advance(120)
    assert reconcile(world, run) == {"batchItemFailures": []}
    assert world.booking(wanted()).deposit_status == "RELEASED"
    world.is_square()


@pytest.mark.parametrize("troubles", [["lost"], ["never"], ["crash"], ["unreachable", "lost", "never"]])
def test_deposit_goes_back_once_when_answers_to_the_refund_are_lost(troubles):
    world = World()
    world.book(wanted())
    world.payments.troubles = troubles

    run = world.cancel(wanted().booking_id)

    assert run.output == {"booking_id": wanted().booking_id, "status": "CANCELLED", "deposit_status": "REFUNDED"}
    assert world.payments.money() == 0
    world.is_square()


def test_nothing_is_asked_for_when_the_slot_is_taken():
    world = World()
    world.book(wanted("key-1"))

    run = world.book(wanted("key-2"))

    assert (run.error, run.states) == ("SlotTaken", ["HoldSlot", "HoldRefused"])
    assert len(world.payments.taken) == 1
    world.is_square()


def test_nothing_is_asked_for_when_the_booking_is_cancelled_before():
    world = World()
    world.desk.hold(wanted(), soon())
    world.desk.cancel(TENANT, wanted().booking_id, "changed my mind", soon())

    run = world.book(wanted())

    assert run.states == ["HoldSlot", "ReleaseBooking", "DepositFailed"]
    assert run.error == "BookingClosed"
    assert world.payments.asked == []
    assert world.booking(wanted()).deposit_status == "RELEASED"
    world.is_square()


def test_slot_is_kept_when_payments_falls_silent_after_it_took_the_request_in():
    world = World()
    world.payments.looks_until_known = 1
    world.payments.troubles = [None, *["unreachable"] * 40]

    run = world.book(wanted())

    assert run.states[1:3] == ["TakeDeposit", "AskDeposit"]
    assert run.error == "DepositUnresolved"
    assert world.booking(wanted()).status == "PENDING_DEPOSIT"


def test_slot_is_kept_when_the_tables_fail_while_the_deposit_is_looked_for():
    world = World()
    world.payments.looks_until_known = 1
    standing = world.payments.standing

    def unreadable_once(deposit, timeout_s):
        world.payments.standing = standing
        world.store.unreadable = 1
        world.clock.advance(1)
        return NoRecord()

    world.payments.standing = unreadable_once

    run = world.book(wanted())

    assert run.states == ["HoldSlot", "TakeDeposit", "AskDeposit", "ConfirmBooking"]
    world.is_square()


def test_money_is_not_asked_for_again_when_the_tables_fail_after_it_was():
    world = World()
    pay = world.payments.pay

    def then_unreadable(*args):
        outcome = pay(*args)
        world.store.unreadable = 3
        return outcome

    world.payments.pay = then_unreadable
    world.payments.troubles = ["never", None]

    run = world.book(wanted())

    assert run.status == "SUCCEEDED"
    assert world.payments.money() == DEPOSIT_MINOR
    world.is_square()


def test_refund_that_is_refused_is_left_to_a_person():
    world = World()
    world.book(wanted())
    world.payments.refuses_refunds = True

    run = world.cancel(wanted().booking_id)

    assert run.error == "RefundUnresolved"
    assert world.booking(wanted()).deposit_status == "REFUND_PENDING"
    assert reconcile(world, run) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    world.payments.refuses_refunds = False
    assert reconcile(world, run) == {"batchItemFailures": []}
    world.is_square()


def test_cancellation_leaves_the_refund_to_the_deposit_flow_when_that_is_under_way():
    world = World()
    world.desk.hold(wanted(), soon())

    run = world.cancel(wanted().booking_id)

    assert run.output == {"booking_id": wanted().booking_id, "status": "CANCELLED", "deposit_status": "PENDING"}
    assert world.payments.asked == []


def test_cancellation_is_refused_when_the_booking_has_begun():
    world = World()
    world.book(wanted())
    world.clock.advance(86_400 * 3)

    run = world.cancel(wanted().booking_id)

    assert (run.error, run.states) == ("BookingClosed", ["CancelBooking", "CancellationRefused"])
    world.is_square()


def test_hold_that_was_never_made_ends_the_message_when_the_hold_is_over():
    world = World()
    world.store.busy = 10**6

    run = world.book(wanted())

    assert run.error == "DepositUnresolved"
    assert reconcile(world, run) == {"batchItemFailures": [{"itemIdentifier": "m-1"}]}
    world.clock.advance(120)
    assert reconcile(world, run) == {"batchItemFailures": []}
