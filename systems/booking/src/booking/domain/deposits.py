"""Bookings with a deposit: start their state machine, wait a bounded time, tell how they stand.

The execution is named by the booking, so the same request may come any number of times. While waiting, the booking is
read; its execution, of which few may be asked, only when there is no booking to read or it takes long. Everything that
changes anything is a step of the machine: a caller that dies after it started one leaves nothing half done.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from groundwork.deadline import Deadline
from groundwork.executions import (
    Caught,
    ExecutionExists,
    ExecutionFailed,
    Executions,
    ExecutionsUnavailable,
    ExecutionView,
)
from groundwork.failures import Failed
from groundwork.instants import instant, moment_of

from booking.domain.booking import Booking, BookingRequest, DepositRequest, DepositStatus, Status
from booking.domain.deposit_steps import DECLINED, UNAVAILABLE
from booking.domain.errors import (
    BookingClosed,
    DepositDeclined,
    IdempotencyConflict,
    LimitReached,
    NotFound,
    OutsideAvailability,
    SlotTaken,
)

_PAUSE_S, _PAUSE_GROWTH, _PAUSE_S_MAX = 0.06, 1.4, 0.4
# Looks at the booking before its execution is asked, too.
_ASK_EXECUTION_EVERY = 8
_REFUSALS: dict[str, Callable[[str], Failed]] = {
    one.__name__: one for one in (SlotTaken, OutsideAvailability, LimitReached, IdempotencyConflict, BookingClosed)
}
# How a machine ends when it leaves the rest to the reconciliation.
PARKED = frozenset({"DepositUnresolved", "RefundUnresolved"})
_UNDER_WAY = frozenset({DepositStatus.PENDING, DepositStatus.REFUND_PENDING})


class BookingReader(Protocol):
    """Where bookings are read."""

    def find(self, tenant_id: str, booking_id: str) -> Booking:
        """Return a booking; raises NotFound."""


@dataclass(frozen=True, slots=True)
class DepositStanding:
    """How a booking with a deposit stands; `booking` is None while its slot is not held yet."""

    booking_id: str
    booking: Booking | None


@dataclass(frozen=True)
class DepositDesk:
    """Takes bookings with a deposit in, and cancels them. `sleep` waits; a wait ends at the deadline."""

    bookings: BookingReader
    deposits: Executions
    cancellations: Executions
    sleep: Callable[[float], None]

    def submit(self, request: BookingRequest, deadline: Deadline) -> DepositStanding:
        """Book with a deposit, or find what was booked under the request's key before.

        Raises what a booking is refused with, DepositDeclined, IdempotencyConflict, or a Transient error: send it again
        with its key, which a request has to have (`BookingRequest.keyed`).
        """
        document = document_of(request)
        try:
            self.deposits.start(request.booking_id, document)
        except ExecutionExists:
            execution = self._described(self.deposits, request.booking_id)
            if execution.input != document:
                raise IdempotencyConflict("this Idempotency-Key was used with other content") from None
        return self._await_booking(request, deadline)

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline, *, wait: bool = True) -> Booking:
        """Cancel a booking and have its deposit given back; once taken in, both will surely happen.

        Returns the booking as it stands, CANCELLED unless the deadline came first. Raises BookingClosed or NotFound.
        """
        known = self.bookings.find(tenant_id, booking_id)
        if known.status is Status.CANCELLED and known.deposit_status not in _UNDER_WAY:
            return known
        name = cancellation_name(booking_id)
        ordered = {"tenant_id": tenant_id, "booking_id": booking_id, "reason": reason}
        try:
            self.cancellations.start(name, json.dumps(ordered, sort_keys=True, ensure_ascii=False))
        except ExecutionExists:
            # Cancelled before, maybe with other words: the first ones stand.
            execution = self._described(self.cancellations, name)
            if execution.status != "RUNNING":
                return self._cancelled(known, execution)
        return self._await_cancellation(known, name, deadline if wait else deadline.within(0))

    def _await_booking(self, request: BookingRequest, deadline: Deadline) -> DepositStanding:
        booking: Booking | None = None
        for look, pause_s in enumerate(_pauses(deadline), start=1):
            self.sleep(pause_s)
            booking = self._recorded(request.tenant_id, request.booking_id)
            if booking and booking.status is not Status.PENDING_DEPOSIT:
                return _standing(booking)
            if (booking is None and look > 1) or look % _ASK_EXECUTION_EVERY == 0:
                execution = self._described(self.deposits, request.booking_id)
                if execution.status != "RUNNING":
                    return self._ended(request, execution)
        return DepositStanding(request.booking_id, booking)

    def _ended(self, request: BookingRequest, execution: ExecutionView) -> DepositStanding:
        """The execution is over: the booking tells how, or its error does, or it was parked and goes on later."""
        if booking := self._recorded(request.tenant_id, request.booking_id):
            return _standing(booking)
        raise _refusal_of(execution)

    def _await_cancellation(self, known: Booking, name: str, deadline: Deadline) -> Booking:
        booking = known
        for look, pause_s in enumerate(_pauses(deadline), start=1):
            self.sleep(pause_s)
            booking = self.bookings.find(known.tenant_id, known.booking_id)
            if booking.status is Status.CANCELLED and booking.deposit_status not in _UNDER_WAY:
                return booking
            if look % _ASK_EXECUTION_EVERY == 0:
                execution = self._described(self.cancellations, name)
                if execution.status != "RUNNING":
                    return self._cancelled(known, execution)
        return booking

    def _cancelled(self, known: Booking, execution: ExecutionView) -> Booking:
        """The execution is over: cancelled, refused, or what is left of it goes on without anybody waiting for it."""
        booking = self.bookings.find(known.tenant_id, known.booking_id)
        if execution.status == "SUCCEEDED" or booking.status is Status.CANCELLED or execution.error in PARKED:
            return booking
        raise _refusal_of(execution)

    def _recorded(self, tenant_id: str, booking_id: str) -> Booking | None:
        try:
            return self.bookings.find(tenant_id, booking_id)
        except NotFound:
            return None

    def _described(self, machine: Executions, name: str) -> ExecutionView:
        execution = machine.describe(name)
        if execution is None:
            raise ExecutionsUnavailable(f"execution {name} was started and can't be described")
        return execution


def cancellation_name(booking_id: str) -> str:
    """Return the name of the execution that cancels a booking."""
    return f"cancel-{booking_id}"


def document_of(request: BookingRequest) -> str:
    """Return the one JSON text of a request: the input of its execution."""
    document: dict[str, Any] = asdict(request) | {"starts_at": instant(request.starts_at)}
    named = {"tenant_id": request.tenant_id, "booking_id": request.booking_id, "request": document}
    return json.dumps(named, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def request_of(document: Mapping[str, Any]) -> BookingRequest:
    """Read a request out of an execution's input or state."""
    told = dict(document["request"])
    deposit = told.pop("deposit", None)
    starts_at = moment_of(str(told.pop("starts_at")))
    return BookingRequest(**told, starts_at=starts_at, deposit=DepositRequest(**deposit) if deposit else None)


def _standing(booking: Booking) -> DepositStanding:
    """Return how a booking stands; raises DepositDeclined when it was the money that it came to nothing for."""
    reason = booking.cancel_reason or ""
    if booking.deposit_status is DepositStatus.DECLINED and reason.startswith(DECLINED):
        raise DepositDeclined(reason.removeprefix(f"{DECLINED}: "))
    if booking.deposit_status is DepositStatus.RELEASED and reason == UNAVAILABLE:
        raise DepositDeclined(f"{UNAVAILABLE}: the deposit could not be asked for; nothing was taken")
    return DepositStanding(booking.booking_id, booking)


def _refusal_of(execution: ExecutionView) -> Failed:
    """Return what an execution was refused with; a failure that is not a refusal is one of this system."""
    if execution.error in PARKED:
        return ExecutionsUnavailable("it is not known yet whether the booking was made; look again later")
    caught = Caught.read(execution.error, execution.cause)
    if caught is None:
        return ExecutionFailed(execution.error or execution.status, "internal_error", "the booking was not processed")
    if refused := _REFUSALS.get(caught.name):
        return refused(caught.message)
    return ExecutionFailed(caught.name, caught.code, caught.message)


def _pauses(deadline: Deadline) -> Iterator[float]:
    pause_s = _PAUSE_S
    while deadline.remaining_s() > pause_s:
        yield pause_s
        pause_s = min(_PAUSE_S_MAX, pause_s * _PAUSE_GROWTH)
