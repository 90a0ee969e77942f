"""The steps of a deposit: hold the slot, take the money, confirm; or give back whichever of the two was had.

Two rules carry the rest. Money is asked for under one id, so a repeated step can't take it twice. And a slot is given
back only on the payments system's word that there is no money, or when the request surely never reached it: an answer
that was lost is neither, and is asked for. Leaves out how steps follow each other (the state machines).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from groundwork.deadline import Deadline
from groundwork.instants import Clock

from booking.domain.booking import Booking, BookingRequest, DepositStatus, Status
from booking.domain.deposit_errors import (
    DepositNotTaken,
    DepositPending,
    DepositReturned,
    DepositUnknown,
    PaymentsUnreachable,
    RefundPending,
    RefundRefused,
    RefundUnknown,
)
from booking.domain.errors import BookingClosed, DepositDeclined, NotFound, StoreUnavailable
from booking.domain.payment_system import (
    Declined,
    Deposit,
    NoRecord,
    NotAsked,
    Outcome,
    PaymentSystem,
    Returned,
    Taken,
    UnderWay,
    Unknown,
)

DECLINED, UNAVAILABLE = "deposit_declined", "deposit_unavailable"
_CALL_S_MIN = 0.05
_PAUSE_S, _PAUSE_GROWTH, _PAUSE_S_MAX = 0.06, 1.5, 0.3


class Bookings(Protocol):
    """What the steps need of the desk that keeps the bookings. Everything may raise NotFound and StoreUnavailable."""

    def find(self, tenant_id: str, booking_id: str) -> Booking:
        """Return a booking as it stands."""

    def hold(self, request: BookingRequest, deadline: Deadline) -> Booking:
        """Book as PENDING_DEPOSIT; the same request again gives the same booking."""

    def confirm(self, tenant_id: str, booking_id: str, payment_id: str, deadline: Deadline) -> Booking:
        """PENDING_DEPOSIT to CONFIRMED and PAID; raises BookingClosed when it was cancelled meanwhile."""

    def release(
        self, tenant_id: str, booking_id: str, reason: str, deposit_status: DepositStatus, deadline: Deadline
    ) -> Booking:
        """PENDING_DEPOSIT to CANCELLED; of one that was cancelled meanwhile, only its deposit's status is settled."""

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> Booking:
        """To CANCELLED; a deposit that was PAID becomes REFUND_PENDING; raises BookingClosed."""


@dataclass(frozen=True, slots=True)
class DepositPolicy:
    """Bounds, in seconds. `call_s` one call to the payments system; `look_s` how long a step looks for the end at once.

    `hold_s` is how long a held slot waits for money to be asked for, from the start of its execution; `quiet_s` how
    long a request that was sent may take to have its effect. Both over, what there is no record of never was.
    """

    call_s: float = 3.0
    look_s: float = 1.0
    hold_s: float = 900.0
    quiet_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Held:
    """A booking whose deposit is being settled: `until` is when the hold is over.

    `card` pays; None when the deposit may be asked after, but not asked for.
    """

    tenant_id: str
    booking_id: str
    until: datetime
    card: str | None = None


@dataclass(frozen=True)
class DepositSteps:
    """Everything that the steps need from outside."""

    bookings: Bookings
    payments: PaymentSystem
    policy: DepositPolicy
    clock: Clock
    sleep: Callable[[float], None]

    def hold(self, request: BookingRequest, deadline: Deadline) -> Booking:
        """Hold the slot; raises what a booking is refused with, and BookingClosed when it was cancelled since."""
        held = self.bookings.hold(request, deadline)
        _must_be_wanted(held)
        return held

    def take(self, held: Held, deadline: Deadline) -> Taken:
        """Ask for the payment for the first time, and look for its end for a moment.

        Raises DepositDeclined or DepositReturned; DepositPending or DepositUnknown: ask. With PaymentsUnreachable,
        StoreUnavailable, NotFound, BookingClosed and DepositNotTaken, nothing was asked for.
        """
        booking = self.bookings.find(held.tenant_id, held.booking_id)
        _must_be_wanted(booking)
        if self.clock() >= held.until:
            raise DepositNotTaken("the payments system was not asked before the hold was over")
        deposit = Deposit.of(booking, held.card or "")
        outcome = self.payments.pay(deposit, self._call_s(deadline))
        return _conclude(self._look(deposit, held, outcome, deadline))

    def ask(self, held: Held, deadline: Deadline) -> Taken:
        """Find out what became of a payment that was, or may have been, asked for.

        Raises DepositDeclined or DepositReturned; DepositNotTaken when it surely never was and will not be;
        DepositPending, DepositUnknown, PaymentsUnreachable or StoreUnavailable: ask again later.
        """
        deposit = Deposit.of(self.bookings.find(held.tenant_id, held.booking_id), held.card or "")
        outcome = self.payments.standing(deposit, self._call_s(deadline))
        if isinstance(outcome, NoRecord):
            outcome = self._made_known(deposit, held, deadline)
        return _conclude(self._look(deposit, held, outcome, deadline))

    def confirm(self, tenant_id: str, booking_id: str, payment_id: str, deadline: Deadline) -> Booking:
        """Confirm the booking as paid; raises BookingClosed when it was cancelled meanwhile: give the deposit back."""
        return self.bookings.confirm(tenant_id, booking_id, payment_id, deadline)

    def refund(self, tenant_id: str, booking_id: str, deadline: Deadline) -> None:
        """Give the deposit back, or find it given back; raises RefundPending, RefundUnknown: again. RefundRefused."""
        deposit = Deposit.of(self.bookings.find(tenant_id, booking_id))
        outcome = self.payments.refund(deposit, self._call_s(deadline))
        for pause_s in _pauses(deadline.within(self.policy.look_s)):
            if not isinstance(outcome, UnderWay):
                break
            self.sleep(pause_s)
            outcome = self.payments.refund(deposit, self._call_s(deadline))
        match outcome:
            case Returned():
                return
            case UnderWay():
                raise RefundPending("the payments system has the refund and is at work on it")
            case Declined(code, message):
                # Another refund may have given everything back before: then the money is where it belongs.
                if not isinstance(self.payments.standing(deposit, self._call_s(deadline)), Returned):
                    raise RefundRefused(f"{code}: {message}")
            case NotAsked(reason) | Unknown(reason):
                raise RefundUnknown(reason)
            case _:
                raise RefundUnknown("the payments system answered what no refund is answered with")

    def mark_refunded(self, tenant_id: str, booking_id: str, deadline: Deadline) -> Booking:
        """Note that the deposit was given back; a booking that was not cancelled before is now: nothing pays for it.

        Raises BookingClosed when it is confirmed.
        """
        return self.bookings.release(tenant_id, booking_id, UNAVAILABLE, DepositStatus.REFUNDED, deadline)

    def release(self, tenant_id: str, booking_id: str, declined: str, deadline: Deadline) -> Booking:
        """Give the slot back; `declined` is the decline's text, "" when the money was never asked for.

        Raises BookingClosed when the booking is paid: there is nothing to release.
        """
        if declined:
            reason, status = f"{DECLINED}: {declined}", DepositStatus.DECLINED
        else:
            reason, status = UNAVAILABLE, DepositStatus.RELEASED
        return self.bookings.release(tenant_id, booking_id, reason, status, deadline)

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> Booking:
        """Cancel a booking that has, or may come to have, a deposit."""
        return self.bookings.cancel(tenant_id, booking_id, reason, deadline)

    def _look(self, deposit: Deposit, held: Held, outcome: Outcome, deadline: Deadline) -> Outcome:
        """Look for the end at once: most payments take less than the shortest pause of a state machine."""
        for pause_s in _pauses(deadline.within(self.policy.look_s)):
            if not isinstance(outcome, UnderWay):
                break
            self.sleep(pause_s)
            seen = self.payments.standing(deposit, self._call_s(deadline))
            # It failed before it was recorded; only the same request again is told why.
            outcome = self._made_known(deposit, held, deadline) if isinstance(seen, NoRecord) else seen
            if isinstance(outcome, NotAsked):
                # This question did not arrive; what was asked for before did.
                outcome = Unknown(outcome.reason)
        return outcome

    def _made_known(self, deposit: Deposit, held: Held, deadline: Deadline) -> Outcome:
        """There is no record: make one while the hold lasts, so that what is on its way meets it and is known."""
        if self.clock() < held.until and held.card is not None and self._wanted(held):
            return self.payments.pay(deposit, self._call_s(deadline))
        if self.clock() < self.known_at(held):
            return Unknown("there is no payment, and a request for it may still be on its way")
        raise DepositNotTaken("the payments system has no record of the deposit, and the hold is over")

    def known_at(self, held: Held) -> datetime:
        """Return the instant from which on there surely is no request on its way any more."""
        return held.until + timedelta(seconds=self.policy.quiet_s)

    def _wanted(self, held: Held) -> bool:
        try:
            return self.bookings.find(held.tenant_id, held.booking_id).status is not Status.CANCELLED
        except (NotFound, StoreUnavailable):
            # Something was sent before, so this must not look like a step that sent nothing.
            return False

    def _call_s(self, deadline: Deadline) -> float:
        return max(_CALL_S_MIN, min(self.policy.call_s, deadline.remaining_s()))


def _must_be_wanted(booking: Booking) -> None:
    if booking.status is Status.CANCELLED:
        raise BookingClosed(f"booking {booking.booking_id} was cancelled before its deposit was asked for")


def _conclude(outcome: Outcome) -> Taken:
    match outcome:
        case Taken():
            return outcome
        case Returned():
            raise DepositReturned("the deposit was paid and has been given back")
        case Declined(code, message):
            raise DepositDeclined(f"{code}: {message}")
        case UnderWay():
            raise DepositPending("the payments system is at work on the deposit")
        case NotAsked(reason):
            raise PaymentsUnreachable(reason)
        case NoRecord():
            raise DepositUnknown("the payments system has no record of the deposit so far")
        case Unknown(reason):
            raise DepositUnknown(reason)


def _pauses(deadline: Deadline) -> Iterator[float]:
    pause_s = _PAUSE_S
    while deadline.remaining_s() > pause_s:
        yield pause_s
        pause_s = min(_PAUSE_S_MAX, pause_s * _PAUSE_GROWTH)
