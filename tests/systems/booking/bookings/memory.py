"""The tables of bookings and schedules in memory, with the promises of the ports and the ways in which real ones break.

A commit happens whole or not at all. `interrupt` is called before and after each: it may raise as a dying process
does, lose the answer of a commit that was made, or let somebody else act in between.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from threading import RLock

from booking.domain import booking_store, schedule_store
from booking.domain.booking import Booking, BookingRequest, DepositStatus
from booking.domain.booking_store import BookingChange, BookingMove, Grounds, NewBooking, Recorded, ServiceTerms
from booking.domain.schedule import Closing, Rule, Schedule, TimeRange, Weekday
from booking.domain.schedule_store import (
    ClosingActivation,
    ClosingRemoval,
    NewClosing,
    NewRule,
    Place,
    RuleRemoval,
)
from groundwork.deadline import Deadline

TENANT, SERVICE, PROVIDER = "ten_a", "srv_cut", "prv_ana"
MONDAY = date(2026, 11, 23)
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Crash(BaseException):
    """The process ended here. No `except Exception` may survive it."""


@dataclass
class Clock:
    """Time that only passes when told to."""

    now: datetime = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class MemoryTables:
    """What both stores keep; one tenant may have several providers, all with the same services."""

    services: dict[str, ServiceTerms] = field(default_factory=dict)
    schedules: dict[Place, Schedule] = field(default_factory=dict)
    rules: dict[tuple[Place, str], Rule] = field(default_factory=dict)
    closings: dict[tuple[Place, date, int], Closing] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    claims: dict[tuple[Place, datetime], str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    usage: dict[str, int] = field(default_factory=dict)
    monthly_max: int = 50
    interrupt: Callable[[str, object], None] = lambda _when, _change: None
    lock: RLock = field(default_factory=RLock)

    @contextmanager
    def committing(self, change: object) -> Iterator[None]:
        """Make a change between the two places where it can be interrupted."""
        self.interrupt("before", change)
        with self.lock:
            yield
        self.interrupt("after", change)


class MemoryBookings:
    """The domain's BookingStore."""

    def __init__(self, tables: MemoryTables) -> None:
        self.tables = tables

    def grounds(
        self,
        tenant_id: str,
        service_id: str,
        provider_id: str,
        *,
        booking_id: str | None = None,
        starts_at: datetime | None = None,
    ) -> Grounds:
        tables, place = self.tables, Place(tenant_id, provider_id)
        fingerprint = tables.requests.get(booking_id or "")
        return Grounds(
            service=tables.services.get(service_id),
            schedule=tables.schedules.get(place),
            offered=place in tables.schedules and service_id in tables.services,
            plan="FREE",
            monthly_max=tables.monthly_max,
            recorded=Recorded(booking_id, fingerprint) if booking_id and fingerprint else None,
            holder=tables.claims.get((place, starts_at)) if starts_at else None,
        )

    def rules(self, tenant_id: str, provider_id: str) -> Sequence[Rule]:
        return [rule for (place, _), rule in self.tables.rules.items() if place == Place(tenant_id, provider_id)]

    def closings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Closing]:
        return MemorySchedules(self.tables).closings(Place(tenant_id, provider_id), first, last)

    def bookings(self, tenant_id: str, provider_id: str, first: date, last: date) -> Sequence[Booking]:
        return sorted(
            (
                one
                for one in self.tables.bookings.values()
                if place_of(one) == Place(tenant_id, provider_id) and first <= one.local_start.date() <= last
            ),
            key=lambda one: one.starts_at,
        )

    def find(self, tenant_id: str, booking_id: str) -> Booking | None:
        found = self.tables.bookings.get(booking_id)
        return found if found and found.tenant_id == tenant_id else None

    def commit(self, change: booking_store.Change, deadline: Deadline) -> None:
        with self.tables.committing(change):
            if refusals := set(self._refusals(change)):
                raise booking_store.ChangeRefused(*refusals)
            match change:
                case NewBooking(booking, fingerprint):
                    self.tables.requests[booking.booking_id] = fingerprint
                    self._count(booking, 1)
                    self._write(None, booking)
                case BookingChange(before, after, uncounted):
                    self._count(before, -1 if uncounted else 0)
                    self._write(before, after)
                case BookingMove(before, after):
                    self._write(before, after)

    def _refusals(self, change: booking_store.Change) -> Iterator[booking_store.Refusal]:
        refusal, tables = booking_store.Refusal, self.tables
        if isinstance(change, NewBooking):
            booking = change.booking
            if booking.booking_id in tables.bookings or booking.booking_id in tables.requests:
                yield refusal.EXISTS
            if tables.usage.get(f"{booking.created_at:%Y-%m}", 0) >= change.monthly_max:
                yield refusal.LIMIT
        elif tables.bookings.get(change.before.booking_id) != change.before:
            yield refusal.VERSION
        if isinstance(change, NewBooking | BookingMove):
            after = change.booking if isinstance(change, NewBooking) else change.after
            schedule = tables.schedules.get(place_of(after))
            if schedule is None or not schedule.active or schedule.version != change.schedule_version:
                yield refusal.SCHEDULE
            before = change.before if isinstance(change, BookingMove) else None
            kept = {(place_of(before), cell) for cell in before.cells} if before else set()
            if any((place_of(after), cell) in tables.claims.keys() - kept for cell in after.cells):
                yield refusal.TAKEN

    def _write(self, before: Booking | None, after: Booking) -> None:
        if before and before.is_live:
            for cell in before.cells:
                self.tables.claims.pop((place_of(before), cell), None)
        if after.is_live:
            for cell in after.cells:
                self.tables.claims[place_of(after), cell] = after.booking_id
        self.tables.bookings[after.booking_id] = after

    def _count(self, booking: Booking, count: int) -> None:
        month = f"{booking.created_at:%Y-%m}"
        self.tables.usage[month] = self.tables.usage.get(month, 0) + count


class MemorySchedules:
    """The domain's ScheduleStore."""

    def __init__(self, tables: MemoryTables) -> None:
        self.tables = tables

    def schedule(self, place: Place) -> Schedule | None:
        return self.tables.schedules.get(place)

    def rule(self, place: Place, rule_id: str) -> Rule | None:
        return self.tables.rules.get((place, rule_id))

    def rules(self, place: Place) -> Sequence[Rule]:
        return MemoryBookings(self.tables).rules(place.tenant_id, place.provider_id)

    def closing(self, place: Place, day: date, seq: int) -> Closing | None:
        return self.tables.closings.get((place, day, seq))

    def closings(self, place: Place, first: date, last: date) -> Sequence[Closing]:
        found = [
            one for (whose, day, _), one in self.tables.closings.items() if whose == place and first <= day <= last
        ]
        return sorted(found, key=lambda one: (one.day, one.seq))

    def commit(self, place: Place, change: schedule_store.Change, deadline: Deadline) -> None:
        with self.tables.committing(change):
            if refusals := set(self._refusals(place, change)):
                raise schedule_store.ChangeRefused(*refusals)
            self._make(place, change)

    def _refusals(self, place: Place, change: schedule_store.Change) -> Iterator[schedule_store.Refusal]:
        refusal, tables, schedule = schedule_store.Refusal, self.tables, self.tables.schedules.get(place)
        if schedule is None and not isinstance(change, ClosingActivation):
            yield refusal.NO_PROVIDER
        match change:
            case NewRule(rule) if (place, rule.rule_id) in tables.rules:
                yield refusal.EXISTS
            case RuleRemoval(rule_id) if (place, rule_id) not in tables.rules:
                yield refusal.CHANGED
            case NewClosing(closing, version):
                if (place, closing.day, closing.seq) in tables.closings:
                    yield refusal.EXISTS
                if schedule and schedule.version != version:
                    yield refusal.CHANGED
            case ClosingActivation(before=read) | ClosingRemoval(closing=read):
                there = tables.closings.get((place, read.day, read.seq))
                if there is None or (there.status, there.created_at) != (read.status, read.created_at):
                    yield refusal.CHANGED

    def _make(self, place: Place, change: schedule_store.Change) -> None:
        tables = self.tables
        match change:
            case NewRule(rule):
                tables.rules[place, rule.rule_id] = rule
            case RuleRemoval(rule_id):
                del tables.rules[place, rule_id]
            case NewClosing(closing) | ClosingActivation(after=closing):
                tables.closings[place, closing.day, closing.seq] = closing
            case ClosingRemoval(closing):
                del tables.closings[place, closing.day, closing.seq]
        if not isinstance(change, ClosingActivation):
            was = tables.schedules[place]
            more = 1 if isinstance(change, NewRule | RuleRemoval) else 0
            tables.schedules[place] = Schedule(was.version + 1, was.rules_version + more, was.timezone, was.active)


def place_of(booking: Booking) -> Place:
    """Return whose schedule a booking lies in."""
    return Place(booking.tenant_id, booking.provider_id)


def seeded(zone: str = "UTC", providers: Sequence[str] = (PROVIDER,)) -> MemoryTables:
    """Return tables of one tenant whose providers work from 09:00 to 13:00 every day."""
    tables = MemoryTables()
    tables.services = {
        SERVICE: ServiceTerms(SERVICE, 60, 2500, "EUR", 0, active=True),
        "srv_long": ServiceTerms("srv_long", 240, 9000, "EUR", 0, active=True),
        "srv_deposit": ServiceTerms("srv_deposit", 30, 2500, "EUR", 1000, active=True),
    }
    made_at = Clock().now - timedelta(days=30)
    for provider in providers:
        place = Place(TENANT, provider)
        tables.schedules[place] = Schedule(1, 1, zone, active=True)
        for day in Weekday:
            rule = Rule(f"rul_{day}", day, (TimeRange.parse("09:00", "13:00"),), made_at, made_at)
            tables.rules[place, rule.rule_id] = rule
    return tables


def asked(starts_at: datetime = NINE, key: str | None = "k-1", **values: object) -> BookingRequest:
    """Return a customer's request for an hour with Ana."""
    return BookingRequest(
        **{
            "tenant_id": TENANT,
            "service_id": SERVICE,
            "provider_id": PROVIDER,
            "starts_at": starts_at,
            "customer_name": "Rosa",
            "customer_email": "rosa@example.com",
            "source": "api",
            "idempotency_key": key,
            **values,
        }
    )


def soon() -> Deadline:
    """Return a deadline that gives a step room for a few attempts."""
    return Deadline.after(1.0)


def sound(tables: MemoryTables) -> list[str]:
    """Return what is wrong with the tables as a whole; nothing when every promise holds."""
    live = [one for one in tables.bookings.values() if one.is_live]
    claimed = {(place_of(one), cell): one.booking_id for one in live for cell in one.cells}
    wrong = []
    if sum(len(one.cells) for one in live) != len(claimed):
        wrong.append("two live bookings overlap")
    if claimed != tables.claims:
        wrong.append("claims and live bookings differ")
    counted = sum(1 for one in tables.bookings.values() if not _came_to_nothing(one))
    if counted != sum(tables.usage.values()):
        wrong.append(f"usage counts {sum(tables.usage.values())}, bookings are {counted}")
    return wrong


def _came_to_nothing(booking: Booking) -> bool:
    return booking.deposit_status in (DepositStatus.DECLINED, DepositStatus.RELEASED)
