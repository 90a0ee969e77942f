"""Finish what a state machine had to leave open: a deposit that nobody knew of, a refund that could not be given yet.

Works from the booking and the payments system's word only, so it may run twice, late, or beside anything else. It never
asks for money: what there is no record of when the hold is over, and time enough has passed, was never taken.
"""

from groundwork.deadline import Deadline

from booking.domain.booking import Booking, DepositStatus, Status
from booking.domain.deposit_errors import DepositNotTaken, DepositReturned, DepositUnknown
from booking.domain.deposit_steps import DepositSteps, Held
from booking.domain.errors import BookingClosed, DepositDeclined, NotFound


def finish_deposit(steps: DepositSteps, held: Held, deadline: Deadline) -> str:
    """Bring a parked deposit to its end; returns the booking's status, raises a Transient error while nobody can know.

    `held` has no card: this may ask after the deposit, but not for it.

    Raises RefundRefused when the money can't be given back: a person has to look.
    """
    try:
        booking = steps.bookings.find(held.tenant_id, held.booking_id)
    except NotFound:
        if steps.clock() < steps.known_at(held):
            raise DepositUnknown("there is no booking, and a request for it may still be on its way") from None
        return "ABSENT"
    if booking.deposit_status is not DepositStatus.PENDING:
        return str(booking.status)
    return _settle(steps, held, deadline)


def finish_cancellation(steps: DepositSteps, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> str:
    """Bring a parked cancellation to its end; returns how it ended, raises a Transient error while it can't."""
    try:
        booking = steps.cancel(tenant_id, booking_id, reason, deadline)
    except (BookingClosed, NotFound) as refusal:
        return refusal.code
    if booking.deposit_status is DepositStatus.REFUND_PENDING:
        return _give_back(steps, booking, deadline)
    return str(booking.status)


def _settle(steps: DepositSteps, held: Held, deadline: Deadline) -> str:
    try:
        taken = steps.ask(held, deadline)
    except DepositDeclined as declined:
        steps.release(held.tenant_id, held.booking_id, declined.message, deadline)
        return str(Status.CANCELLED)
    except DepositNotTaken:
        steps.release(held.tenant_id, held.booking_id, "", deadline)
        return str(Status.CANCELLED)
    except DepositReturned:
        return str(steps.mark_refunded(held.tenant_id, held.booking_id, deadline).status)
    try:
        return str(steps.confirm(held.tenant_id, held.booking_id, taken.payment_id, deadline).status)
    except BookingClosed:
        return _give_back(steps, steps.bookings.find(held.tenant_id, held.booking_id), deadline)


def _give_back(steps: DepositSteps, booking: Booking, deadline: Deadline) -> str:
    steps.refund(booking.tenant_id, booking.booking_id, deadline)
    return str(steps.mark_refunded(booking.tenant_id, booking.booking_id, deadline).status)
