"""Requests and answers of availability, exceptions and slots, as the API shows them."""

import datetime as dates
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from groundwork.instants import instant

from booking.adapters.forms import ID_PATTERN, ONE_LINE, Document, Form
from booking.adapters.paging import PageQuery
from booking.adapters.schedule_items import ranges_told
from booking.domain.errors import Problem, RequestInvalid
from booking.domain.schedule import (
    Closing,
    ExistingBookings,
    Rule,
    TimeInvalid,
    TimeRange,
    Weekday,
    clock_text,
    ordered,
)
from booking.domain.slot_search import DAYS_MAX
from booking.domain.slots import Slot
from booking.domain.zones import shown_at

RANGES_MAX = 24
FIRST_DAY, LAST_DAY = dates.date(2000, 1, 1), dates.date(2200, 1, 1)

Identifier = Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
Clock = Annotated[
    str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][05](?![\n])$", description="HH:MM, every five minutes")
]
ClockEnd = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][05]|24:00)(?![\n])$",
        description="HH:MM, every five minutes, up to 24:00",
    ),
]


class TimeRangeForm(Form):
    """Hours of a local day; the end is excluded and may be 24:00."""

    start: Clock
    end: ClockEnd


class NewRule(Form):
    """POST /providers/{providerId}/availability: weekly hours in the provider's time zone."""

    day_of_week: Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
    time_ranges: Annotated[list[TimeRangeForm], msgspec.Meta(min_length=1, max_length=RANGES_MAX)]

    @property
    def weekday(self) -> Weekday:
        """Return the day."""
        return Weekday(self.day_of_week)

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the ranges."""
        yield from _ranges_problems(self.time_ranges)


class NewException(Form):
    """POST /providers/{providerId}/exceptions: a local day, or hours of it, without work."""

    date: dates.date
    reason: Annotated[str, msgspec.Meta(max_length=200, pattern=ONE_LINE)] = ""
    all_day: bool = False
    time_ranges: Annotated[list[TimeRangeForm], msgspec.Meta(max_length=RANGES_MAX)] = msgspec.field(
        default_factory=list
    )
    existing_bookings: Literal["refuse", "keep", "cancel"] = "refuse"

    @property
    def existing(self) -> ExistingBookings:
        """Return what becomes of bookings that lie in it."""
        return ExistingBookings(self.existing_bookings)

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the day and its hours."""
        yield from _day_problems("date", self.date)
        if self.all_day == bool(self.time_ranges):
            yield Problem("timeRanges", "malformed", "must be given exactly when allDay is not true")
        yield from _ranges_problems(self.time_ranges)


class ExceptionsQuery(PageQuery):
    """GET /providers/{providerId}/exceptions."""

    date: dates.date | None = None

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the day."""
        if self.date:
            yield from _day_problems("date", self.date)


class SlotsQuery(Form):
    """GET /providers/{providerId}/slots: local days of the provider, both included."""

    service_id: Identifier
    first: dates.date = msgspec.field(name="from")
    last: dates.date = msgspec.field(name="to")

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the days."""
        yield from _day_problems("from", self.first)
        yield from _day_problems("to", self.last)
        if not 0 <= (self.last - self.first).days < DAYS_MAX:
            yield Problem("to", "out_of_range", f"must be at most {DAYS_MAX - 1} days after from, and not before it")


class TimeRangeDocument(Document):
    """Hours of a local day."""

    start: str
    end: str


class RuleDocument(Document):
    """Weekly hours of a provider."""

    rule_id: str
    provider_id: str
    day_of_week: str
    time_ranges: list[TimeRangeDocument]
    created_at: str
    updated_at: str


class RuleList(Document):
    """A provider's rules."""

    items: list[RuleDocument]
    next_cursor: str | None = None


class ExceptionDocument(Document):
    """A day, or hours of it, without work. `keptBookings` are the live bookings that stay in it nonetheless."""

    exception_id: str
    provider_id: str
    date: str
    reason: str
    all_day: bool
    time_ranges: list[TimeRangeDocument]
    status: str
    kept_bookings: list[str]
    created_at: str
    updated_at: str


class ExceptionList(Document):
    """A provider's exceptions, by day."""

    items: list[ExceptionDocument]
    next_cursor: str | None = None


class SlotDocument(Document):
    """A time that can be booked: in UTC, and its start on the provider's wall clock."""

    start: str
    end: str
    local_date: str
    local_time: str
    utc_offset: str


class SlotList(Document):
    """The free slots of a provider for a service."""

    items: list[SlotDocument]


def ranges_of(forms: Sequence[TimeRangeForm]) -> tuple[TimeRange, ...]:
    """Return the ranges of a checked form, sorted."""
    return ordered([TimeRange.parse(one.start, one.end) for one in forms])


def rule_document(provider_id: str, rule: Rule) -> RuleDocument:
    """Return a rule as the API shows it."""
    return RuleDocument(
        rule_id=rule.rule_id,
        provider_id=provider_id,
        day_of_week=str(rule.day_of_week),
        time_ranges=_documents(rule.time_ranges),
        created_at=instant(rule.created_at),
        updated_at=instant(rule.updated_at),
    )


def exception_document(provider_id: str, closing: Closing) -> ExceptionDocument:
    """Return a closing as the API shows it."""
    return ExceptionDocument(
        exception_id=closing.exception_id,
        provider_id=provider_id,
        date=closing.day.isoformat(),
        reason=closing.reason,
        all_day=closing.all_day,
        time_ranges=_documents(closing.time_ranges),
        status=str(closing.status),
        kept_bookings=list(closing.kept),
        created_at=instant(closing.created_at),
        updated_at=instant(closing.updated_at),
    )


def slot_document(slot: Slot) -> SlotDocument:
    """Return a slot as the API shows it; a month has a thousand of them, so no datetime is made on the way."""
    day, clock = shown_at(slot.start, slot.offset)
    return SlotDocument(
        start=_utc_text(slot.start),
        end=_utc_text(slot.end),
        local_date=day.isoformat(),
        local_time=clock_text(clock),
        utc_offset=offset_text(slot.offset),
    )


@lru_cache(maxsize=64)
def offset_text(minutes: int) -> str:
    """Return an offset from UTC as text, e.g. "-03:00"."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02d}:{rest:02d}"


def utc(name: str, moment: dates.datetime) -> dates.datetime:
    """Return an instant of a request in UTC; raises RequestInvalid for one outside of what calendars here hold."""
    if not FIRST_DAY <= moment.date() <= LAST_DAY:
        raise RequestInvalid(Problem(name, "out_of_range", f"must be from {FIRST_DAY} to {LAST_DAY}"))
    return moment.astimezone(dates.UTC)


def _utc_text(minute: int) -> str:
    day, clock = shown_at(minute)
    return f"{day.isoformat()}T{clock_text(clock)}:00Z"


def _documents(ranges: Sequence[TimeRange]) -> list[TimeRangeDocument]:
    return [TimeRangeDocument(**one) for one in ranges_told(ranges)]


def _ranges_problems(forms: Sequence[TimeRangeForm]) -> Iterator[Problem]:
    try:
        ranges_of(forms)
    except TimeInvalid as invalid:
        yield Problem("timeRanges", "malformed", str(invalid))


def _day_problems(name: str, day: dates.date) -> Iterator[Problem]:
    if not FIRST_DAY <= day <= LAST_DAY:
        yield Problem(name, "out_of_range", f"must be from {FIRST_DAY} to {LAST_DAY}")
