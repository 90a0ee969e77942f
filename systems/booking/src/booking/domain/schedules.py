"""Changing when a provider works: rules, and closings over what may be booked already.

A closing is written PENDING first, which ends all new bookings in its time (it counts the schedule's version up, and
bookings insist on the version that they were reckoned by). Only then are live bookings looked for, so none is missed.
They are refused, kept or cancelled as asked; then the closing stands, or is taken back. A request that was interrupted
anywhere is finished by sending it again: what it wants (day, hours, reason, what becomes of bookings) identifies it.

Changed rules leave bookings alone; a booking's rulesVersion tells by which rules it was made.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from groundwork.deadline import Deadline, paced
from groundwork.instants import Clock, utc_now

from booking.domain.booking import Booking
from booking.domain.errors import (
    BookingClosed,
    BookingsInTheWay,
    Conflict,
    IdempotencyConflict,
    NotFound,
    Problem,
    RequestInvalid,
    StoreUnavailable,
)
from booking.domain.ids import fingerprint, resource_id
from booking.domain.schedule import Closing, ClosingStatus, ExistingBookings, Rule, Schedule, TimeRange, Weekday
from booking.domain.schedule_store import (
    ChangeRefused,
    ClosingActivation,
    ClosingRemoval,
    NewClosing,
    NewRule,
    Place,
    Refusal,
    RuleRemoval,
    ScheduleStore,
)
from booking.domain.slots import closed_spans
from booking.domain.zones import stretches, zone_named

RULES_MAX, CLOSINGS_A_DAY_MAX = 100, 999
CLOSED_REASON = "provider_unavailable"
# A booking's key holds the local date of the zone that it was made in; no two zones are further apart than this.
_NEIGHBOURS = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class RuleRequest:
    """Hours of a weekday that are to be added."""

    day_of_week: Weekday
    time_ranges: tuple[TimeRange, ...]
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True)
class ClosingRequest:
    """Hours of a day that are to be closed; no ranges mean all of it."""

    day: date
    reason: str
    time_ranges: tuple[TimeRange, ...]
    existing: ExistingBookings

    @property
    def fingerprint(self) -> str:
        """Return what tells this request from another one for the same day."""
        return fingerprint(self.day.isoformat(), self.reason, str(self.existing), *map(str, self.time_ranges))


BookingsOf = Callable[[str, str, date, date], Sequence[Booking]]
CancelBooking = Callable[[str, str, str, Deadline], Booking]


@dataclass(frozen=True, slots=True)
class ScheduleDesk:
    """Everything that happens to rules and closings.

    `bookings_of` reads a provider's bookings of local days consistently; `cancel` ends one and gives its deposit back.
    """

    store: ScheduleStore
    bookings_of: BookingsOf
    cancel: CancelBooking
    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep

    def must_exist(self, place: Place) -> Schedule:
        """Return a provider's schedule; raises NotFound when there is no such provider."""
        schedule = self.store.schedule(place)
        if schedule is None:
            raise NotFound("provider", place.provider_id)
        return schedule

    def closing(self, place: Place, day: date, seq: int) -> Closing:
        """Return a closing; raises NotFound."""
        self.must_exist(place)
        found = self.store.closing(place, day, seq)
        if found is None:
            raise NotFound("exception", f"{day.isoformat()}-{seq:03d}")
        return found

    def add_rule(self, place: Place, request: RuleRequest, deadline: Deadline) -> Rule:
        """Return the new rule, or what the same request made; raises NotFound, IdempotencyConflict, Conflict."""
        now = self.clock()
        rule = Rule(
            resource_id("rul", place.tenant_id, request.idempotency_key),
            request.day_of_week,
            request.time_ranges,
            now,
            now,
        )
        # Read without a lock: the limit keeps a schedule readable, one rule too many breaks nothing.
        if len(self.store.rules(place)) >= RULES_MAX and self.store.rule(place, rule.rule_id) is None:
            raise Conflict(f"a provider has at most {RULES_MAX} rules")
        try:
            self.store.commit(place, NewRule(rule), deadline)
        except ChangeRefused as refused:
            if Refusal.NO_PROVIDER in refused.refusals:
                raise NotFound("provider", place.provider_id) from None
            return self._made_before(place, rule)
        return rule

    def remove_rule(self, place: Place, rule_id: str, deadline: Deadline) -> None:
        """Delete a rule; raises NotFound when it is not there (any more)."""
        self.must_exist(place)
        if self.store.rule(place, rule_id) is None:
            raise NotFound("rule", rule_id)
        try:
            self.store.commit(place, RuleRemoval(rule_id), deadline)
        except ChangeRefused:
            # It was there a moment ago: whether this request or another one removed it, it is gone.
            if self.store.rule(place, rule_id) is not None:
                raise _contention() from None

    def close(self, place: Place, request: ClosingRequest, deadline: Deadline) -> Closing:
        """Return the closing as it stands; raises BookingsInTheWay, NotFound, RequestInvalid for a day that is over."""
        for _ in paced(deadline, sleep=self.sleep):
            closing = self._begun(place, request, deadline)
            if closing is None:
                continue
            if closing.status is ClosingStatus.ACTIVE:
                return closing
            try:
                return self._settled(place, request, closing, deadline)
            except ChangeRefused:
                continue  # the same request, sent twice, has gone on with it
        raise _contention()

    def reopen(self, place: Place, day: date, seq: int, deadline: Deadline) -> None:
        """Delete a closing; raises NotFound. Bookings that it cancelled stay cancelled."""
        found = self.closing(place, day, seq)
        for _ in paced(deadline, sleep=self.sleep):
            try:
                self.store.commit(place, ClosingRemoval(found), deadline)
            except ChangeRefused:
                now = self.store.closing(place, day, seq)
                if now is None or now.created_at != found.created_at:
                    return
                found = now
            else:
                return
        raise _contention()

    def _begun(self, place: Place, request: ClosingRequest, deadline: Deadline) -> Closing | None:
        """Return this request's closing, new or found; None when the schedule has changed meanwhile."""
        schedule = self.must_exist(place)
        today = self.clock().astimezone(zone_named(schedule.timezone)).date()
        if request.day < today:
            raise RequestInvalid(Problem("date", "out_of_range", "must not be over in the provider's time zone"))
        others = self.store.closings(place, request.day, request.day)
        same = next((one for one in others if one.fingerprint == request.fingerprint), None)
        if same:
            return same
        closing = self._pending(request, others)
        try:
            self.store.commit(place, NewClosing(closing, schedule.version), deadline)
        except ChangeRefused:
            return None
        return closing

    def _pending(self, request: ClosingRequest, others: Sequence[Closing]) -> Closing:
        seq = max((one.seq for one in others), default=0) + 1
        if seq > CLOSINGS_A_DAY_MAX:
            raise Conflict(f"a day has at most {CLOSINGS_A_DAY_MAX} exceptions")
        now, pending = self.clock(), ClosingStatus.PENDING
        return Closing(request.day, seq, request.reason, request.time_ranges, pending, request.fingerprint, now, now)

    def _settled(self, place: Place, request: ClosingRequest, closing: Closing, deadline: Deadline) -> Closing:
        in_the_way = self._in_the_way(place, closing)
        now = self.clock()
        begun = [one for one in in_the_way if one.starts_at <= now]
        ahead = [one for one in in_the_way if one.starts_at > now]
        kept = list(begun)
        match request.existing:
            case ExistingBookings.REFUSE if ahead:
                self.store.commit(place, ClosingRemoval(closing), deadline)
                raise BookingsInTheWay(
                    "live bookings lie in this time; say what becomes of them with existingBookings",
                    {"bookings": [one.booking_id for one in ahead]},
                )
            case ExistingBookings.KEEP:
                kept += ahead
            case ExistingBookings.CANCEL:
                kept += [one for one in ahead if not self._cancelled(one, deadline)]
        after = replace(
            closing,
            status=ClosingStatus.ACTIVE,
            kept=tuple(sorted(one.booking_id for one in kept)),
            updated_at=self.clock(),
        )
        self.store.commit(place, ClosingActivation(closing, after), deadline)
        return after

    def _cancelled(self, booking: Booking, deadline: Deadline) -> bool:
        try:
            self.cancel(booking.tenant_id, booking.booking_id, CLOSED_REASON, deadline)
        except BookingClosed:
            return False  # it began while we were at it
        return True

    def _in_the_way(self, place: Place, closing: Closing) -> list[Booking]:
        schedule = self.must_exist(place)
        closed = closed_spans([closing], stretches(zone_named(schedule.timezone), closing.day, closing.day))
        first, last = closing.day - _NEIGHBOURS, closing.day + _NEIGHBOURS
        return [
            one
            for one in self.bookings_of(place.tenant_id, place.provider_id, first, last)
            if one.is_live and any(one.span.overlaps(span) for span in closed)
        ]

    def _made_before(self, place: Place, rule: Rule) -> Rule:
        there = self.store.rule(place, rule.rule_id)
        if there is None:
            raise _contention()
        if (there.day_of_week, there.time_ranges) != (rule.day_of_week, rule.time_ranges):
            raise IdempotencyConflict("this Idempotency-Key was used before with another request")
        return there


def _contention() -> StoreUnavailable:
    return StoreUnavailable("the provider's schedule kept changing until the time was over")
