"""Tenants drawn from a seed: what kind of business, who works there and when, who comes, and who talks to the chat.

The same seed, day and size give the same tenants, byte for byte, each by itself: tenant 7 is the same whether ten or
three hundred are drawn. A third of the days lies before `today` and two thirds from it on, so there is a past (no-
shows, usage of last month) and a future (free slots with holes in them).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from random import Random
from typing import Any

import yaml

from harness.ids import derived_seed
from harness.seeding.booking.appointments import Diary, drawn_bookings
from harness.seeding.booking.chats import drawn_conversations
from harness.seeding.booking.countries import COUNTRIES, Country
from harness.seeding.booking.keys import api_key
from harness.seeding.booking.model import DAYS, ApiKey, Category, Closure, Provider, Rule, Service, Tenant, TimeRange
from harness.seeding.booking.people import People, slug
from harness.seeding.booking.sizes import Size
from harness.seeding.booking.tokens import token

COLORS = ("#0f766e", "#1d4ed8", "#7c3aed", "#be123c", "#b45309", "#15803d")
_MORNING, _AFTERNOON = TimeRange("09:00", "13:00"), TimeRange("15:00", "19:00")
# Weeks that people work; the last one goes on until midnight and after it.
WEEKS: tuple[Mapping[str, tuple[TimeRange, ...]], ...] = (
    dict.fromkeys(DAYS[:5], (_MORNING, _AFTERNOON)),
    {day: (TimeRange("08:30", "17:00"),) for day in DAYS[:5]} | {"SAT": (TimeRange("10:00", "14:00"),)},
    {day: (TimeRange("10:00", "20:00"),) for day in DAYS[1:6]},
    dict.fromkeys(("MON", "WED", "FRI"), (_MORNING,)) | dict.fromkeys(("TUE", "THU"), (_AFTERNOON,)),
    {day: (TimeRange("16:00", "24:00"),) for day in DAYS[3:6]} | {"SUN": (TimeRange("00:00", "01:30"),)},
)
REASONS = {
    "es": ("Vacaciones", "Formación", "Festivo", "Cita médica"),
    "en": ("Holiday", "Training", "Public holiday", "Appointment"),
}
_CLOSURE_EVERY_DAYS = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be drawn: how many tenants of which size, for which days. `first` is the first day, local."""

    tenants: int
    days: int
    seed: int
    first: date
    size: Size

    @property
    def today(self) -> datetime:
        """The instant as which everything is seen: what lies before it has happened."""
        return datetime.combine(self.first + timedelta(days=self.days // 3), time(), UTC)


def drawn_tenants(plan: Plan) -> Iterator[Tenant]:
    """Give the tenants one by one."""
    for number in range(plan.tenants):
        yield drawn_tenant(plan, number)


def drawn_tenant(plan: Plan, number: int) -> Tenant:
    """Return tenant `number` with all that belongs to it."""
    return _Draft(plan, number).tenant()


class _Draft:
    """One tenant in the making; every draw comes from its own generator, in one order."""

    def __init__(self, plan: Plan, number: int) -> None:
        self.plan = plan
        self.seed = derived_seed(plan.seed, "tenant", str(number))
        self.random = Random(self.seed)  # noqa: S311 - no secret
        self.country: Country = COUNTRIES[number % len(COUNTRIES)]
        self.people = People(self.country.locale, self.seed)
        self.trade: Mapping[str, Any] = self.random.choice(_trades())[self.country.language]
        self.words = {
            "city": self.random.choice(self.country.cities),
            "year": self.random.randrange(1985, plan.first.year),
            "surname": self.people.surname(),
        }
        # Of another plan it is another tenant: what its first plan left would stand beside what this one brings.
        of = (plan.first.isoformat(), str(plan.days), plan.size.name)
        self.tenant_id = f"tnt_seed{token(plan.seed, 'tenant', str(number), *of)[4:]}"
        opened = plan.first - timedelta(days=self.random.randrange(60, 400))
        self.created_at = datetime.combine(opened, time(9), UTC)

    def tenant(self) -> Tenant:
        name = self.random.choice(self.trade["names"]).format(**self.words)
        services = self._services()
        diary = Diary(self.tenant_id, self.plan.first, self.plan.days, self.plan.today, self.plan.size, self.seed)
        providers = tuple(self._provider(number, services) for number in range(self.plan.size.providers))
        booked = tuple(drawn_bookings(one, diary, self.people) for one in providers)
        ttl_days = self.random.choice((1, 3, 7))
        language = self.country.language
        chats, forgotten = drawn_conversations(booked, self.plan.today, language, ttl_days, self.seed)
        return Tenant(
            tenant_id=self.tenant_id,
            name=name,
            country=self.country.code,
            timezone=self.country.zones[0],
            plan=self.plan.size.plan,
            billing_email=f"{slug(name)}@example.com",
            language=language,
            color=self.random.choice(COLORS),
            created_at=self.created_at,
            keys=self._keys(name),
            categories=self._categories(services),
            services=services,
            providers=booked,
            conversations=chats,
            forgotten_turns=forgotten,
            conversation_ttl_days=ttl_days,
        )

    def _services(self) -> tuple[Service, ...]:
        offered: Sequence[Sequence[Any]] = self.trade["services"]
        services = (self._service(number, *one) for number, one in enumerate(offered[: self.plan.size.services]))
        return tuple(services)

    def _service(
        self, number: int, name: str, minutes: int, euros: float, category: str, deposit: float = 0.0
    ) -> Service:
        return Service(
            service_id=f"svc_{token(self.seed, 'service', str(number))}",
            name=name,
            description=f"{name}, {minutes} min.",
            category=category,
            duration_minutes=minutes,
            price_minor=self.country.price_minor(euros),
            currency=self.country.currency,
            deposit_minor=self.country.price_minor(euros * deposit) if deposit else 0,
        )

    def _categories(self, services: Sequence[Service]) -> tuple[Category, ...]:
        names = dict.fromkeys(service.category for service in services)
        return tuple(Category(f"cat_{slug(name)}"[:64], name, f"{name}.", order) for order, name in enumerate(names, 1))

    def _provider(self, number: int, services: Sequence[Service]) -> Provider:
        random = self.random
        # The first serves everything, so that no service is without anybody; the others serve a part.
        some = random.sample(services, random.randint(1, len(services))) if number else list(services)
        week = random.choice(WEEKS)
        return Provider(
            provider_id=f"prv_{token(self.seed, 'provider', str(number))}",
            name=random.choice(self.trade["titles"]).format(name=self.people.name()),
            bio=self.trade["bio"].format(**self.words),
            timezone=random.choice(self.country.zones),
            services=tuple(sorted(some, key=lambda one: one.service_id)),
            rules=tuple(Rule(f"rule_{day.lower()}", day, week[day]) for day in DAYS if day in week),
            closures=self._closures(),
        )

    def _closures(self) -> tuple[Closure, ...]:
        random, days = self.random, self.plan.days
        found = {}
        for _ in range(max(1, days // _CLOSURE_EVERY_DAYS)):
            day = self.plan.first + timedelta(days=random.randrange(days))
            part = (TimeRange("09:00", "11:30"),) if random.random() < 0.4 else ()
            found[day] = Closure(day, 1, random.choice(REASONS[self.country.language]), part)
        return tuple(found[day] for day in sorted(found))

    def _keys(self, name: str) -> tuple[ApiKey, ...]:
        origins = (f"https://{slug(name)}.example",)
        manage = api_key(
            self.seed, self.tenant_id, "manage", self.created_at, scopes=("manage",), allowed_origins=("*",)
        )
        widget = api_key(
            self.seed, self.tenant_id, "widget", self.created_at, scopes=("widget",), allowed_origins=origins
        )
        lost = api_key(self.seed, self.tenant_id, "lost", self.created_at, scopes=("manage",), allowed_origins=("*",))
        return manage, widget, replace(lost, active=False)


@cache
def _trades() -> Sequence[Mapping[str, Any]]:
    text = (resources.files(__package__) / "trades.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))
