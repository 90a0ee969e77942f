"""What requests about services, categories and providers may hold."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from groundwork.money import EXPONENT_BY_CURRENCY, AmountInvalid, parse_amount
from msgspec import UNSET, Meta, UnsetType, field

from booking.adapters.forms import Form
from booking.adapters.paging import PageQuery
from booking.adapters.words import Amount, Currency, Id, Label, Name, Text, Zone
from booking.domain.catalog import SERVICES_PER_PROVIDER_MAX, normalized_name
from booking.domain.errors import Problem, RequestInvalid
from booking.domain.zones import ZoneUnknown, zone_named

_AMOUNT_MINOR_MAX = 100_000_000
# An index's key holds at most 1,024 bytes, and a few letters decompose into many.
_NORMALIZED_BYTES_MAX = 900
Duration = Annotated[int, Meta(ge=5, le=240, multiple_of=5, description="Minutes, in steps of five.")]
ServiceIds = Annotated[list[Id], Meta(max_length=SERVICES_PER_PROVIDER_MAX)]
Metadata = Annotated[dict[Label, Annotated[str, Meta(max_length=500)]], Meta(max_length=20)]
Order = Annotated[int, Meta(ge=0, le=10_000)]


class ServiceQuery(PageQuery):
    """Which services are asked for."""

    name: Annotated[str, Meta(max_length=120, description="Exact, but for case, accents and spaces.")] | None = None


class ProviderQuery(PageQuery):
    """Which providers are asked for."""

    service_id: Id | None = None


class NewService(Form):
    """A service to offer."""

    name: Name
    duration_minutes: Duration
    price: Amount
    currency: Currency
    deposit: Amount | None = None
    description: Text = ""
    category: Label | None = None
    active: bool = True

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        yield from name_problems(self.name)


class ChangedService(Form):
    """What to change of a service; what is absent stays."""

    name: Name | UnsetType = UNSET
    duration_minutes: Duration | UnsetType = UNSET
    price: Amount | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    deposit: Amount | UnsetType | None = UNSET
    description: Text | UnsetType = UNSET
    category: Label | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        if self.name is not UNSET:
            yield from name_problems(self.name)
        if self.currency is not UNSET and self.price is UNSET:
            yield Problem("price", "required", "must be given with a currency")


class NewCategory(Form):
    """A category to add."""

    name: Name
    description: Text = ""
    is_active: bool = True
    display_order: Order = 0
    metadata: Metadata = field(default_factory=dict)


class ChangedCategory(Form):
    """What to change of a category; what is absent stays."""

    name: Name | UnsetType = UNSET
    description: Text | UnsetType = UNSET
    is_active: bool | UnsetType = UNSET
    display_order: Order | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class NewProvider(Form):
    """A provider to add."""

    name: Name
    timezone: Zone
    service_ids: ServiceIds = field(default_factory=list)
    bio: Text = ""
    active: bool = True

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        yield from zone_problems(self.timezone)
        yield from repeats(self.service_ids)


class ChangedProvider(Form):
    """What to change of a provider; what is absent stays."""

    name: Name | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    service_ids: ServiceIds | UnsetType = UNSET
    bio: Text | UnsetType = UNSET
    active: bool | UnsetType = UNSET

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        if self.timezone is not UNSET:
            yield from zone_problems(self.timezone)
        if self.service_ids is not UNSET:
            yield from repeats(self.service_ids)


def priced(price: str, deposit: str | None, currency: str) -> tuple[int, int]:
    """Return price and deposit in minor units; raises RequestInvalid with all that is wrong with them."""
    problems: list[Problem] = []
    if currency not in EXPONENT_BY_CURRENCY:
        raise RequestInvalid(
            Problem("currency", "unknown_currency", f"must be one of {', '.join(EXPONENT_BY_CURRENCY)}")
        )
    price_minor = _minor("price", price, currency, problems)
    deposit_minor = _minor("deposit", deposit or "0", currency, problems)
    if not problems and deposit_minor > price_minor:
        problems.append(Problem("deposit", "too_large", "must not be more than the price"))
    if problems:
        raise RequestInvalid(*problems)
    return price_minor, deposit_minor


def name_problems(name: str) -> Iterator[Problem]:
    """Yield what is wrong with a name that is looked up by."""
    if len(normalized_name(name).encode()) > _NORMALIZED_BYTES_MAX:
        yield Problem("name", "too_long", "is too long once its letters are decomposed")


def zone_problems(timezone: str) -> Iterator[Problem]:
    """Yield what is wrong with a time zone."""
    try:
        zone_named(timezone)
    except ZoneUnknown:
        yield Problem("timezone", "unknown_zone", "is no time zone of the IANA database")


def repeats(service_ids: list[str]) -> Iterator[Problem]:
    """Yield what is wrong with a provider's list of services."""
    if len(set(service_ids)) != len(service_ids):
        yield Problem("serviceIds", "repeated", "must not name a service twice")


def _minor(field: str, text: str, currency: str, problems: list[Problem]) -> int:
    if Decimal(text) == 0:
        return 0
    try:
        return parse_amount(text, currency, _AMOUNT_MINOR_MAX)
    except AmountInvalid as invalid:
        problems.append(Problem(field, invalid.code, str(invalid)))
        return 0
