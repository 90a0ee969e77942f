"""Seed sets: one tenant a file, in plain words (fixtures/seeds/booking), read, checked and told with line and field.

Everything that is not said follows from the words: ids from names, customers' addresses from theirs, a booking's making
from its time. The same file from the same day gives the same items.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from harness.config import project_root
from harness.durations import duration_s
from harness.errors import SettingInvalid, did_you_mean
from harness.ids import derived_seed
from harness.seeding.booking import hours
from harness.seeding.booking.chats import TURNS_BY_STATE
from harness.seeding.booking.countries import BY_CODE
from harness.seeding.booking.fitting import booking_problems, problems, said
from harness.seeding.booking.keys import api_key
from harness.seeding.booking.model import (
    ApiKey,
    Booking,
    Category,
    Closure,
    Conversation,
    Provider,
    Rule,
    Service,
    Status,
    Tenant,
)
from harness.seeding.booking.people import slug
from harness.seeding.booking.tokens import token
from harness.seeding.booking.words import Calendar, time_ranges, weekdays
from harness.seeding.documents import Entry, Text, read_document
from harness.units import Money

FOLDER = Path("fixtures/seeds/booking")
PLANS = ("FREE", "BASIC", "PRO")
OPENED_BEFORE = timedelta(days=90)
_BOOKED_BEFORE = timedelta(days=3)
T = TypeVar("T")


def set_names() -> list[str]:
    """Return the names of the project's sets."""
    return sorted(path.stem for path in (project_root() / FOLDER).glob("*.yaml"))


def set_path(name: str) -> Path:
    """Return a set's file, by name or by path; raises SettingInvalid with those there are."""
    path = Path(name) if name.endswith((".yaml", ".yml")) else project_root() / FOLDER / f"{name}.yaml"
    if not path.is_file():
        known = set_names()
        raise SettingInvalid(
            f"seed set {name!r} is not there{did_you_mean(name, known)}", evidence={"sets": ", ".join(known) or "none"}
        )
    return path


def read_set(path: Path, first: date, seed: int) -> Tenant:
    """Return the tenant of a file as of `first`; raises SettingInvalid with every line that is wrong."""
    entry = read_document(path)
    reader = _Reader(entry, Calendar(first), datetime.combine(first, time(), UTC), seed)
    tenant = reader.tenant()
    entry.notes.must_be_none()
    for problem in problems(tenant):
        entry.notes.add(entry.line, "", problem)
    entry.notes.must_be_none()
    return tenant


@dataclass(slots=True)
class _Reader:
    """Reads one file; what refers to a service or a provider does so by name."""

    entry: Entry
    calendar: Calendar
    today: datetime
    seed: int
    services: dict[str, Service] = field(default_factory=dict)
    providers: dict[str, Provider] = field(default_factory=dict)
    timezone: str = ""
    currency: str = ""
    tenant_id: str = ""

    def tenant(self) -> Tenant:
        entry = self.entry
        # The ids of a tenant's bookings begin with its own and a dash: with one in it, "dental" could be read as
        # the beginning of "dental-clinic".
        self.tenant_id = f"tnt_{entry.text('tenant').replace('-', '_')}"
        country = entry.one_of("country", tuple(BY_CODE))
        told = BY_CODE.get(country or "", BY_CODE["CL"])
        self.timezone = entry.read("timezone", _zone, told.zones[0])
        self.currency = entry.text("currency", told.currency)
        name, created_at = entry.text("name"), self.today - OPENED_BEFORE
        ttl_days = entry.read("conversations-kept", _days, 1)
        categories = tuple(
            Category(f"cat_{slug(one.value)}"[:64], one.value, "", order)
            for order, one in enumerate(entry.texts("categories"), 1)
        )
        self._services({category.name for category in categories})
        self._providers()
        tenant = Tenant(
            tenant_id=self.tenant_id,
            name=name,
            country=country,
            timezone=self.timezone,
            plan=entry.one_of("plan", PLANS, "PRO"),
            billing_email=entry.text("billing-email", f"{slug(name or '')}@example.com"),
            language=entry.one_of("language", ("es", "en"), told.language),
            color=entry.text("color", "#0f766e"),
            created_at=created_at,
            keys=self._keys(created_at),
            categories=categories,
            services=tuple(self.services.values()),
            providers=tuple(self.providers.values()),
            conversation_ttl_days=ttl_days,
        )
        tenant = replace(tenant, conversations=tuple(self._conversations(tenant)))
        entry.finish()
        return tenant

    def _services(self, categories: set[str]) -> None:
        for one in self.entry.entries("services"):
            name = one.text("name")
            if name in self.services:
                one.problem("name", f"is {name!r}, which is there already")
            service = Service(
                service_id=f"svc_{slug(name or '')}"[:64],
                name=name,
                description=one.text("description", ""),
                category=one.one_of("category", categories, "") if categories else one.text("category", ""),
                duration_minutes=one.whole("minutes"),
                price_minor=one.read("price", self._price),
                currency=self.currency,
                deposit_minor=one.read("deposit", self._price, 0),
            )
            one.finish()
            self.services[name] = service

    def _providers(self) -> None:
        for one in self.entry.entries("providers"):
            provider = self._provider(one)
            self.providers[provider.name] = provider

    def _provider(self, entry: Entry) -> Provider:
        name, zone = entry.text("name"), entry.read("timezone", _zone, self.timezone)
        provider = Provider(
            provider_id=f"prv_{slug(name or '')}"[:64],
            name=name,
            bio=entry.text("bio", ""),
            timezone=zone,
            services=tuple(self._named(entry, "gives", one, self.services) for one in entry.texts("gives")),
            rules=tuple(_rules(entry)),
        )
        provider = replace(provider, closures=tuple(self._closures(entry)))
        found = [self._booking(one, provider) for one in entry.entries("bookings")]
        entry.finish()
        return replace(provider, bookings=tuple(one for one in found if one is not None))

    def _closures(self, entry: Entry) -> list[Closure]:
        found: list[Closure] = []
        for one in entry.entries("closed"):
            day, reason = one.read("day", self.calendar.day), one.text("because", "")
            ranges = one.optional("hours", time_ranges) or ()
            one.finish()
            if day is not None:
                number = 1 + sum(other.day == day for other in found)
                found.append(Closure(day, number, reason, ranges))
        return found

    def _booking(self, entry: Entry, provider: Provider) -> Booking | None:
        who, when = entry.text("who"), entry.read("when", self.calendar.moment)
        service = self._named(entry, "what", Text(entry.text("what") or "", entry.line), self.services)
        status = entry.one_of("status", tuple(Status), Status.CONFIRMED)
        reason = entry.text("because", "customer_request" if status == Status.CANCELLED else "")
        email, source = entry.text("email", ""), entry.one_of("by", ("api", "chat"), "api")
        entry.finish()
        if not (who and when and service and service.duration_minutes and provider.timezone):
            return None  # told already
        starts_at = hours.at(*when, provider.timezone)
        made = min(starts_at, self.today) - _BOOKED_BEFORE
        closed_at = (
            None
            if status == Status.CONFIRMED
            else min(starts_at, self.today)
            if status == Status.CANCELLED
            else starts_at
        )
        own = token(derived_seed(0, self.tenant_id), provider.name, who, str(when))
        booking = Booking(
            booking_id=f"{self.tenant_id}-bkg_{own}",
            service=service,
            customer_name=who,
            customer_email=email or f"{slug(who).replace('-', '.')}@example.com",
            starts_at=starts_at,
            created_at=made,
            status=Status(status),
            cancel_reason=reason,
            source=source,
            closed_at=closed_at,
        )
        for problem in booking_problems(provider, booking):
            entry.problem("when", f"is impossible: {problem}")
        if booking.status is Status.NO_SHOW and starts_at > self.today:
            entry.problem("status", f"is NO_SHOW, but {said(provider, booking)} has not begun")
        return booking

    def _conversations(self, tenant: Tenant) -> list[Conversation]:
        found = []
        for number, one in enumerate(self.entry.entries("conversations"), 1):
            state = one.one_of("state", tuple(TURNS_BY_STATE))
            service, provider = (
                self._chosen(one, "service", self.services),
                self._chosen(one, "provider", self.providers),
            )
            ago_s = one.read("ago", _seconds, 3600.0)
            chat = Conversation(
                conversation_id=f"cnv_{token(derived_seed(0, self.tenant_id), str(number))}",
                state=state,
                language=one.one_of("language", ("es", "en"), tenant.language),
                channel=one.text("channel", "web"),
                turns=one.whole("turns", TURNS_BY_STATE.get(state or "", 1)),
                started_at=self.today - timedelta(seconds=ago_s + 300),
                last_message_at=self.today - timedelta(seconds=ago_s),
                service_id=service.service_id if service else "",
                provider_id=provider.provider_id if provider else "",
            )
            if ago_s >= tenant.conversation_ttl_days * 86_400:
                one.problem("ago", f"is longer than conversations are kept ({tenant.conversation_ttl_days} days)")
            one.finish()
            found.append(chat)
        return found

    def _chosen(self, entry: Entry, name: str, known: Mapping[str, T]) -> T | None:
        text = entry.text(name, "")
        return self._named(entry, name, Text(text, entry.line), known) if text else None

    def _named(self, entry: Entry, name: str, text: Text, known: Mapping[str, T]) -> Any:
        found = known.get(text.value)
        if found is None and text.value:
            words = f"names {text.value!r}, which is not there{did_you_mean(text.value, known)}"
            entry.notes.add(text.line, f"{entry.name}.{name}", words)
        return found

    def _keys(self, created_at: datetime) -> tuple[ApiKey, ...]:
        seed = derived_seed(self.seed, self.tenant_id)
        origins = tuple(one.value for one in self.entry.texts("origins")) or ("*",)
        manage = api_key(seed, self.tenant_id, "manage", created_at, scopes=("manage",), allowed_origins=("*",))
        widget = api_key(seed, self.tenant_id, "widget", created_at, scopes=("widget",), allowed_origins=origins)
        return manage, widget

    def _price(self, text: str) -> int:
        try:
            amount = Money.parse(text, self.currency).amount_minor
        except SettingInvalid as problem:
            raise ValueError(f"is {text!r}: {problem.headline}") from None
        if amount < 0:
            raise ValueError(f"is {text!r}, expected 0 or more")
        return amount


def _rules(entry: Entry) -> Sequence[Rule]:
    by_day: dict[str, Rule] = {}
    for days, hours_told in entry.pairs("works"):
        try:
            ranges, named = time_ranges(hours_told.value), weekdays(days)
        except ValueError as problem:
            entry.notes.add(hours_told.line, f"{entry.name}.works.{days}", str(problem))
            continue
        for day in named:
            if day in by_day:
                entry.notes.add(hours_told.line, f"{entry.name}.works.{days}", f"names {day}, which is there already")
            by_day[day] = Rule(f"rule_{day.lower()}", day, ranges)
    return tuple(by_day.values())


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (OSError, ValueError, KeyError):
        raise ValueError(f"is {text!r}, expected a time zone such as America/Santiago") from None
    return text


def _seconds(text: str) -> float:
    try:
        return duration_s(text)
    except SettingInvalid as problem:
        raise ValueError(problem.headline.removeprefix("duration ")) from None


def _days(text: str) -> int:
    seconds = _seconds(text)
    if not 86_400 <= seconds <= 7 * 86_400 or seconds % 86_400:
        raise ValueError(f"is {text!r}, expected 1d to 7d")
    return int(seconds // 86_400)
