"""What requests about tenants and keys may hold."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from booking.adapters.catalog_forms import zone_problems
from booking.adapters.forms import Form
from booking.adapters.words import Country, Email, Label, Name, Zone
from booking.domain.api_keys import ANY_ORIGIN, Scope
from booking.domain.errors import Problem
from booking.domain.plans import Plan
from booking.domain.tenants import Settings

_ORIGIN = r"^(\*|https?://[a-z0-9]([a-z0-9.-]{0,250}[a-z0-9])?(:[0-9]{1,5})?)(?![\n])$"
Color = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}(?![\n])$", description="a color such as #1f6feb")]
Origins = Annotated[
    list[Annotated[str, Meta(pattern=_ORIGIN, description="an origin such as https://shop.example, or * for any")]],
    Meta(min_length=1, max_length=20),
]
Language = Annotated[str, Meta(pattern=r"^(es|en)(?![\n])$", description="es or en")]
Days = Annotated[int, Meta(ge=1, le=7)]


class WidgetForm(Form):
    """How the chat widget looks and speaks."""

    primary_color: Color | UnsetType = UNSET
    language: Language | UnsetType = UNSET


class AiForm(Form):
    """How the chat thinks: FSM is the only mode that is built."""

    mode: Annotated[str, Meta(pattern=r"^FSM(?![\n])$", description="FSM")] | UnsetType = UNSET


class SettingsForm(Form):
    """A tenant's settings; what is absent stays."""

    widget: WidgetForm | UnsetType = UNSET
    ai: AiForm | UnsetType = UNSET
    conversation_ttl_days: Days | UnsetType = UNSET

    def over(self, settings: Settings) -> Settings:
        """Return settings with what this form gives."""
        widget = self.widget if self.widget is not UNSET else WidgetForm()
        ai = self.ai if self.ai is not UNSET else AiForm()
        return Settings(
            primary_color=_chosen(widget.primary_color, settings.primary_color),
            language=_chosen(widget.language, settings.language),
            ai_mode=_chosen(ai.mode, settings.ai_mode),
            conversation_ttl_days=(
                settings.conversation_ttl_days if self.conversation_ttl_days is UNSET else self.conversation_ttl_days
            ),
        )


class NewTenant(Form):
    """A business that signs up."""

    name: Name
    country: Country
    timezone: Zone
    billing_email: Email
    plan: Plan = Plan.FREE
    settings: SettingsForm = SettingsForm()

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        yield from zone_problems(self.timezone)


class ChangedTenant(Form):
    """What to change of a tenant; what is absent stays."""

    name: Name | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    timezone: Zone | UnsetType = UNSET
    billing_email: Email | UnsetType = UNSET
    plan: Plan | UnsetType = UNSET
    settings: SettingsForm | UnsetType = UNSET

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        if self.timezone is not UNSET:
            yield from zone_problems(self.timezone)


class NewKey(Form):
    """A key to make."""

    scopes: Annotated[list[Scope], Meta(min_length=1, max_length=2)]
    allowed_origins: Origins = field(default_factory=lambda: [ANY_ORIGIN])
    name: Label = ""

    def check(self) -> Iterator[Problem]:
        """Yield what is wrong with the whole."""
        if len(set(self.scopes)) != len(self.scopes):
            yield Problem("scopes", "repeated", "must not name a scope twice")


def _chosen(given: str | UnsetType, there: str) -> str:
    return there if given is UNSET else given
