"""Making, confirming, moving and ending bookings, so that no two live ones of a provider ever overlap.

Every step reads what is there, reckons the next state, and commits it with the conditions that it was reckoned from.
What has changed meanwhile is reckoned anew, with full jitter, until the deadline; a slot that somebody else holds is
final at once. A step that is repeated, also after a lost answer, finds its own effect and tells it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import ClassVar

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, utc_now

from booking.domain.booking import (
    Booking,
    BookingRequest,
    DepositRequest,
    DepositStatus,
    Status,
    booking_id,
    on_grid,
    payment_id,
)
from booking.domain.booking_store import (
    BookingChange,
    BookingMove,
    BookingStore,
    ChangeRefused,
    Grounds,
    NewBooking,
    Recorded,
    Refusal,
    ServiceTerms,
)
from booking.domain.errors import (
    BookingClosed,
    IdempotencyConflict,
    LimitReached,
    NotFound,
    OutsideAvailability,
    Problem,
    RequestInvalid,
    SlotTaken,
    StoreUnavailable,
)
from booking.domain.schedule import GRID_MINUTES, Schedule
from booking.domain.slots import Opening, is_open
from booking.domain.spans import Span
from booking.domain.zones import moment_at, zone_named

__all__ = ["Booking", "BookingDesk", "BookingRequest", "DepositRequest", "DepositStatus", "Status", "booking_id"]

HORIZON_DAYS = 366


@dataclass(frozen=True, slots=True)
class BookingDesk:
    """Everything that happens to bookings; raises StoreUnavailable from any step when the tables stay busy."""

    store: BookingStore
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep

    horizon: ClassVar[timedelta] = timedelta(days=HORIZON_DAYS)

    def book(self, request: BookingRequest, deadline: Deadline) -> Booking:
        """Return the confirmed booking of a service without a deposit; the same one when it was made before.

        Raises NotFound, SlotTaken, OutsideAvailability, LimitReached, IdempotencyConflict; RequestInvalid when the
        service asks for a deposit.
        """
        return self._make(request.keyed(), deadline, held=False)

    def hold(self, request: BookingRequest, deadline: Deadline) -> Booking:
        """Return the booking that holds its slot until its deposit is settled; the same one when it was made before.

        Raises as `book` does; RequestInvalid when the service asks for no deposit.
        """
        return self._make(request.keyed(), deadline, held=True)

    def expect(self, request: BookingRequest) -> None:
        """Raise what `hold` would be refused with anyhow; writes nothing, and holds nothing."""
        keyed = request.keyed()
        _must_be_on_grid(keyed.starts_at)
        grounds = self._grounds(keyed)
        if grounds.recorded:
            _must_be_the_same(keyed, grounds.recorded)
        else:
            self._reckoned(keyed, grounds, held=True)

    def confirm(self, tenant_id: str, booking_id: str, payment_id: str, deadline: Deadline) -> Booking:
        """Confirm a held booking whose deposit is paid; raises BookingClosed when it was cancelled meanwhile."""

        def confirmed(now: Booking) -> Booking:
            if now.status is Status.PENDING_DEPOSIT:
                paid = DepositStatus.PAID
                return replace(now, status=Status.CONFIRMED, deposit_status=paid, deposit_payment_id=payment_id)
            if now.status is not Status.CANCELLED and now.deposit_payment_id == payment_id:
                return now
            raise _closed(now)

        return self._change(tenant_id, booking_id, confirmed, deadline)

    def release(
        self, tenant_id: str, booking_id: str, reason: str, deposit_status: DepositStatus, deadline: Deadline
    ) -> Booking:
        """Give a held booking's slot back, and say what became of its deposit; raises BookingClosed when it is kept.

        A booking that was cancelled while its deposit was under way keeps its reason.
        """

        def released(now: Booking) -> Booking:
            if now.status is Status.PENDING_DEPOSIT:
                return replace(now, status=Status.CANCELLED, cancel_reason=reason, deposit_status=deposit_status)
            if now.status is not Status.CANCELLED:
                raise _closed(now)
            # What was paid can only be given back; that it was declined, or never taken, is news of a hold alone.
            returned = now.deposit_status is DepositStatus.REFUND_PENDING and deposit_status is DepositStatus.REFUNDED
            unsettled = now.deposit_status is DepositStatus.PENDING
            return replace(now, deposit_status=deposit_status) if unsettled or returned else now

        return self._change(tenant_id, booking_id, released, deadline)

    def cancel(self, tenant_id: str, booking_id: str, reason: str, deadline: Deadline) -> Booking:
        """Cancel a booking that has not begun; a paid deposit is then to be given back. Raises BookingClosed."""

        def cancelled(now: Booking) -> Booking:
            if now.status is Status.CANCELLED:
                return now
            if now.status is Status.NO_SHOW or now.starts_at <= self.clock():
                raise _closed(now)
            paid = now.deposit_status is DepositStatus.PAID
            deposit_status = DepositStatus.REFUND_PENDING if paid else now.deposit_status
            return replace(now, status=Status.CANCELLED, cancel_reason=reason, deposit_status=deposit_status)

        return self._change(tenant_id, booking_id, cancelled, deadline)

    def no_show(self, tenant_id: str, booking_id: str, deadline: Deadline) -> Booking:
        """Say that the customer of a confirmed booking did not come; raises BookingClosed before its start."""

        def missed(now: Booking) -> Booking:
            if now.status is Status.NO_SHOW:
                return now
            if now.status is not Status.CONFIRMED:
                raise _closed(now)
            if self.clock() < now.starts_at:
                raise BookingClosed(f"booking {now.booking_id} has not begun yet")
            return replace(now, status=Status.NO_SHOW)

        return self._change(tenant_id, booking_id, missed, deadline)

    def reschedule(
        self, tenant_id: str, booking_id: str, starts_at: datetime, provider_id: str | None, deadline: Deadline
    ) -> Booking:
        """Move a confirmed booking that has not begun to a free time, at another provider if one is named.

        Length and price stay. Raises NotFound, SlotTaken, OutsideAvailability, BookingClosed.
        """
        _must_be_on_grid(starts_at)
        for _ in paced(deadline, sleep=self.sleep):
            now = self.find(tenant_id, booking_id)
            to = provider_id or now.provider_id
            if (now.starts_at, now.provider_id) == (starts_at, to) and now.is_live:
                return now  # what a repeated request finds
            if now.status is not Status.CONFIRMED or now.starts_at <= self.clock():
                raise _closed(now)
            schedule, after = self._moved(now, starts_at, to)
            try:
                self.store.commit(BookingMove(now, after, schedule.version), deadline)
            except ChangeRefused as refused:
                # With a changed booking, the cells that were found claimed may be its own.
                if Refusal.TAKEN in refused.refusals and Refusal.VERSION not in refused.refusals:
                    raise _taken() from None
            else:
                return after
        raise _contention(booking_id)

    def find(self, tenant_id: str, booking_id: str) -> Booking:
        """Return a booking as it stands; raises NotFound."""
        found = self.store.find(tenant_id, booking_id)
        if found is None:
            raise NotFound("booking", booking_id)
        return found

    def _make(self, request: BookingRequest, deadline: Deadline, *, held: bool) -> Booking:
        _must_be_on_grid(request.starts_at)
        for _ in paced(deadline, sleep=self.sleep):
            grounds = self._grounds(request)
            if grounds.recorded:
                return self._made_before(request, grounds.recorded)
            schedule, booking = self._reckoned(request, grounds, held=held)
            new = NewBooking(booking, request.fingerprint, schedule.version, grounds.plan, grounds.monthly_max)
            try:
                self.store.commit(new, deadline)
            except ChangeRefused as refused:
                _final(refused)
            else:
                return booking
        raise _contention(request.booking_id)

    def _grounds(self, request: BookingRequest) -> Grounds:
        return self.store.grounds(
            request.tenant_id,
            request.service_id,
            request.provider_id,
            booking_id=request.booking_id,
            starts_at=request.starts_at,
        )

    def _made_before(self, request: BookingRequest, recorded: Recorded) -> Booking:
        _must_be_the_same(request, recorded)
        return self.find(request.tenant_id, recorded.booking_id)

    def _reckoned(self, request: BookingRequest, grounds: Grounds, *, held: bool) -> tuple[Schedule, Booking]:
        service = grounds.service
        if service is None:
            raise NotFound("service", request.service_id)
        if not service.active:
            raise OutsideAvailability("the service is not offered now")
        # Its own claim is that of the same request, sent twice: the commit finds the booking.
        if grounds.holder not in (None, request.booking_id):
            raise _taken()
        schedule = self._must_fit(request.tenant_id, request.provider_id, request.starts_at, service, grounds)
        _must_match_deposit(request, service, held=held)
        return schedule, self._first(request, service, schedule, held=held)

    def _first(self, request: BookingRequest, service: ServiceTerms, schedule: Schedule, *, held: bool) -> Booking:
        now, identifier = self.clock(), request.booking_id
        return Booking(
            tenant_id=request.tenant_id,
            booking_id=identifier,
            service_id=request.service_id,
            provider_id=request.provider_id,
            customer_name=request.customer_name,
            customer_email=request.customer_email,
            starts_at=request.starts_at,
            duration_minutes=service.duration_minutes,
            timezone=schedule.timezone,
            status=Status.PENDING_DEPOSIT if held else Status.CONFIRMED,
            rules_version=schedule.rules_version,
            source=request.source,
            price_minor=service.price_minor,
            currency=service.currency,
            created_at=now,
            updated_at=now,
            deposit_minor=service.deposit_minor,
            deposit_status=DepositStatus.PENDING if held else DepositStatus.NONE,
            deposit_payment_id=payment_id(identifier) if held else None,
            deposit_user_id=request.deposit.user_id if held and request.deposit else None,
        )

    def _moved(self, now: Booking, starts_at: datetime, provider_id: str) -> tuple[Schedule, Booking]:
        grounds = self.store.grounds(now.tenant_id, now.service_id, provider_id, starts_at=starts_at)
        # The service may have changed since; what was booked is what is moved.
        booked = ServiceTerms(now.service_id, now.duration_minutes, now.price_minor, now.currency, 0, active=True)
        schedule = self._must_fit(now.tenant_id, provider_id, starts_at, booked, grounds)
        if grounds.holder not in (None, now.booking_id):
            raise _taken()
        after = replace(
            now,
            provider_id=provider_id,
            starts_at=starts_at,
            timezone=schedule.timezone,
            rules_version=schedule.rules_version,
            updated_at=self.clock(),
            version=now.version + 1,
        )
        return schedule, after

    def _must_fit(
        self, tenant_id: str, provider_id: str, starts_at: datetime, service: ServiceTerms, grounds: Grounds
    ) -> Schedule:
        schedule = grounds.schedule
        if schedule is None:
            raise NotFound("provider", provider_id)
        if not schedule.active or not grounds.offered:
            raise OutsideAvailability("the provider does not offer this service now")
        if not self.clock() <= starts_at <= self.clock() + self.horizon:
            raise OutsideAvailability(f"bookings are taken from now on, at most {HORIZON_DAYS} days ahead")
        start = int(starts_at.timestamp()) // 60
        wanted = Span(start, start + service.duration_minutes)
        if not is_open(self._opening(tenant_id, provider_id, schedule, wanted), wanted):
            raise OutsideAvailability("the provider is not available at this time")
        return schedule

    def _opening(self, tenant_id: str, provider_id: str, schedule: Schedule, wanted: Span) -> Opening:
        zone = zone_named(schedule.timezone)
        first, last = (moment_at(minute).astimezone(zone).date() for minute in wanted)
        rules = self.store.rules(tenant_id, provider_id)
        return Opening(schedule.timezone, rules, self.store.closings(tenant_id, provider_id, first, last))

    def _change(
        self, tenant_id: str, booking_id: str, decide: Callable[[Booking], Booking], deadline: Deadline
    ) -> Booking:
        """Commit what `decide` makes of the booking; it returns the same booking when there is nothing to do."""
        for _ in paced(deadline, sleep=self.sleep):
            before = self.find(tenant_id, booking_id)
            after = decide(before)
            if after == before:
                return before
            after = replace(after, version=before.version + 1, updated_at=self.clock())
            # A month counts what was paid for or may still be: a hold that came to nothing is taken back.
            came_to_nothing = after.deposit_status in (DepositStatus.DECLINED, DepositStatus.RELEASED)
            uncounted = came_to_nothing and before.deposit_status is DepositStatus.PENDING
            try:
                self.store.commit(BookingChange(before, after, uncounted), deadline)
            except ChangeRefused:
                continue
            return after
        raise _contention(booking_id)


def _must_be_on_grid(starts_at: datetime) -> None:
    if not on_grid(starts_at):
        raise RequestInvalid(Problem("datetime", "malformed", f"must be on a multiple of {GRID_MINUTES} minutes"))


def _must_be_the_same(request: BookingRequest, recorded: Recorded) -> None:
    if recorded.fingerprint != request.fingerprint:
        raise IdempotencyConflict("this Idempotency-Key was used before with another request")


def _must_match_deposit(request: BookingRequest, service: ServiceTerms, *, held: bool) -> None:
    if held and not service.deposit_minor:
        raise RequestInvalid(Problem("deposit", "unknown_field", "the service asks for no deposit"))
    if service.deposit_minor and not (held and request.deposit):
        raise RequestInvalid(Problem("deposit", "required", "the service asks for a deposit"))


def _final(refused: ChangeRefused) -> None:
    """Raise what a retry would not change; returns when the booking is there already or the schedule has changed."""
    if Refusal.EXISTS in refused.refusals:
        return
    if Refusal.TAKEN in refused.refusals:
        raise _taken() from None
    if Refusal.LIMIT in refused.refusals:
        raise LimitReached("the plan's bookings of this month are used up") from None


def _taken() -> SlotTaken:
    return SlotTaken("another booking holds a part of this time")


def _closed(booking: Booking) -> BookingClosed:
    return BookingClosed(f"booking {booking.booking_id} is {booking.status} and can't be changed in this way any more")


def _contention(booking_id: str) -> StoreUnavailable:
    return StoreUnavailable(f"booking {booking_id} or its provider's schedule kept changing until the time was over")
