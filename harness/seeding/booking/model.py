"""What a seeded tenant is, in words: services, categories, providers, hours, closures, bookings and conversations.

Values only, made by `drawing` from a seed or by `sets` from a file; `items` turns them into the tables' items,
`fitting` says whether they may be. Local times are texts ("09:00", "24:00" as an end), dates are dates, instants are
aware UTC.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
CELL = timedelta(minutes=5)


class Status(StrEnum):
    """How a seeded booking stands; none is PENDING_DEPOSIT, because nobody would ever confirm it."""

    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    NO_SHOW = "NO_SHOW"

    @property
    def live(self) -> bool:
        """Whether the booking holds its time."""
        return self is not Status.CANCELLED


@dataclass(frozen=True, slots=True)
class TimeRange:
    """From `start` to before `end`, "HH:MM" in the provider's zone."""

    start: str
    end: str

    @property
    def minutes(self) -> tuple[int, int]:
        """Both ends in minutes after midnight."""
        return minutes_of(self.start), minutes_of(self.end)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of a tenant; `text` is shown to nobody but whom it is printed for."""

    key_id: str
    text: str = field(repr=False)
    hash: str = field(repr=False)
    scopes: tuple[str, ...]
    allowed_origins: tuple[str, ...]
    created_at: datetime
    active: bool = True

    @property
    def prefix(self) -> str:
        """The part that it is looked up by."""
        return "_".join(self.text.split("_", 2)[:2])


@dataclass(frozen=True, slots=True)
class Category:
    """A heading that services stand under."""

    category_id: str
    name: str
    description: str
    order: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked; `deposit_minor` 0 asks none."""

    service_id: str
    name: str
    description: str
    category: str
    duration_minutes: int
    price_minor: int
    currency: str
    deposit_minor: int = 0
    active: bool = True


@dataclass(frozen=True, slots=True)
class Rule:
    """Hours of one day of the week."""

    rule_id: str
    day: str
    ranges: tuple[TimeRange, ...]


@dataclass(frozen=True, slots=True)
class Closure:
    """An exception: a day, or hours of it, on which nobody is there."""

    day: date
    number: int
    reason: str
    ranges: tuple[TimeRange, ...] = ()

    @property
    def all_day(self) -> bool:
        """Whether it closes the whole day."""
        return not self.ranges


@dataclass(frozen=True, slots=True)
class Booking:
    """One appointment; `created_at` is before it starts."""

    booking_id: str
    service: Service
    customer_name: str
    customer_email: str
    starts_at: datetime
    created_at: datetime
    status: Status = Status.CONFIRMED
    cancel_reason: str = ""
    source: str = "api"
    closed_at: datetime | None = None

    @property
    def ends_at(self) -> datetime:
        """When it is over."""
        return self.starts_at + timedelta(minutes=self.service.duration_minutes)


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves, when, and what is booked."""

    provider_id: str
    name: str
    bio: str
    timezone: str
    services: tuple[Service, ...]
    rules: tuple[Rule, ...]
    closures: tuple[Closure, ...] = ()
    bookings: tuple[Booking, ...] = ()
    active: bool = True


@dataclass(frozen=True, slots=True)
class Conversation:
    """A chat as it stands; of what was said only the count is kept, as the system keeps it."""

    conversation_id: str
    state: str
    language: str
    channel: str
    turns: int
    started_at: datetime
    last_message_at: datetime
    service_id: str = ""
    provider_id: str = ""
    booking: Booking | None = None
    customer_name: str = ""
    customer_email: str = ""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A business with everything that belongs to it. `forgotten_turns`: of conversations that are gone, by month."""

    tenant_id: str
    name: str
    country: str
    timezone: str
    plan: str
    billing_email: str
    language: str
    color: str
    created_at: datetime
    keys: tuple[ApiKey, ...]
    categories: tuple[Category, ...]
    services: tuple[Service, ...]
    providers: tuple[Provider, ...]
    conversations: tuple[Conversation, ...] = ()
    forgotten_turns: tuple[tuple[str, int], ...] = ()
    conversation_ttl_days: int = 7

    @property
    def bookings(self) -> list[Booking]:
        """All bookings, whatever their status."""
        return [booking for provider in self.providers for booking in provider.bookings]


def minutes_of(text: str) -> int:
    """Return "HH:MM" in minutes after midnight."""
    return int(text[:2]) * 60 + int(text[3:])


def day_name(day: date) -> str:
    """Return the name that rules have for a day: MON … SUN."""
    return DAYS[day.weekday()]
