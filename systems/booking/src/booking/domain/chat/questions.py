"""What the chat asks in each state, with the numbered choices that belong to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from booking.domain.chat.choices import clipped, numbered, page_of
from booking.domain.chat.conversation import Conversation, Option, State
from booking.domain.chat.languages import clock_time, day_in_words
from booking.domain.chat.offers import Offers, ServiceOffer, SlotOffer
from booking.domain.chat.phrases import say

DAYS_SHOWN = 31  # what one reading of slots covers
DAYS_AHEAD_MAX = 366
# Each state's question, and where it lists choices, what is said when there is none.
_QUESTIONS: dict[State, tuple[str, ...]] = {
    State.SERVICE_PENDING: ("ask_service", "no_services"),
    State.PROVIDER_PENDING: ("ask_provider", "no_providers"),
    State.DATE_PENDING: ("ask_day", "no_days"),
    State.TIME_PENDING: ("ask_time", "no_times"),
    State.CONTACT_PENDING: ("ask_name", "ask_email"),
    State.CONFIRMATION_PENDING: ("ask_confirmation",),
    State.BOOKED: ("booked",),
    State.ABANDONED: ("abandoned",),
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a turn sees: the tenant's offers, at an instant (aware UTC)."""

    offers: Offers
    now: datetime

    def today(self, timezone: str) -> date:
        """Return the day that it is in a zone."""
        return self.now.astimezone(ZoneInfo(timezone)).date()


def ask(conversation: Conversation, scene: Scene) -> tuple[Conversation, str]:
    """Return the state's question, and the conversation with the choices that go with it."""
    options = options_of(conversation, scene)
    page, shown = page_of(options, conversation.page)
    asked = replace(conversation, page=page, offered=shown)
    # Of who the customer is, the name is asked first.
    asks_first = not conversation.draft.customer_name if conversation.state is State.CONTACT_PENDING else bool(options)
    lines = [_question(conversation, scene, _QUESTIONS[conversation.state][0 if asks_first else -1])]
    if shown:
        lines.append(numbered(shown))
        if len(options) > len(shown):
            lines.append(say(conversation.language, "more_options"))
    match conversation.state:
        case State.DATE_PENDING:
            lines.append(say(conversation.language, "type_a_day"))
        case State.TIME_PENDING:
            lines.append(say(conversation.language, "type_a_time" if options else "type_a_day"))
    return asked, "\n".join(lines)


def options_of(conversation: Conversation, scene: Scene) -> list[Option]:
    """Return all that can be chosen in the state, not only the page that is shown."""
    match conversation.state:
        case State.SERVICE_PENDING:
            return [_service_option(conversation, one) for one in scene.offers.services()]
        case State.PROVIDER_PENDING:
            providers = scene.offers.providers(conversation.draft.service_id or "")
            return [Option(one.provider_id, clipped(one.name), one.name) for one in providers]
        case State.DATE_PENDING:
            today = scene.today(conversation.draft.timezone)
            return [_day_option(conversation, day, today) for day in free_days(conversation, scene)]
        case State.TIME_PENDING if conversation.draft.day:
            return [time_option(conversation, one) for one in slots_on(conversation, conversation.draft.day, scene)]
        case _:
            return []


def free_days(conversation: Conversation, scene: Scene) -> list[date]:
    """Return the days with a free start in the coming month, in their order."""
    first = scene.today(conversation.draft.timezone)
    slots = _slots(conversation, first, first + timedelta(days=DAYS_SHOWN - 1), scene)
    return list(dict.fromkeys(slot.day for slot in slots))


def slots_on(conversation: Conversation, day: date, scene: Scene) -> list[SlotOffer]:
    """Return the free starts of a local day."""
    return list(_slots(conversation, day, day, scene))


def time_option(conversation: Conversation, slot: SlotOffer) -> Option:
    """Return a start as a choice; one whose time the clock shows twice that day is told with its offset."""
    label = clock_time(slot.starts_at, conversation.draft.timezone)
    return Option(slot.starts_at.isoformat(), label, label)


def day_words(conversation: Conversation, day: date, scene: Scene) -> str:
    """Return a day in the conversation's language."""
    return day_in_words(day, conversation.language, today=scene.today(conversation.draft.timezone))


def price_words(conversation: Conversation, service: ServiceOffer) -> str:
    """Return a service's price in the conversation's language."""
    return say(conversation.language, "price", amount=service.price, currency=service.currency)


def _question(conversation: Conversation, scene: Scene, phrase: str) -> str:
    draft = conversation.draft
    day = day_words(conversation, draft.day, scene) if draft.day else ""
    time = clock_time(draft.starts_at, draft.timezone) if draft.starts_at else ""
    return say(
        conversation.language,
        phrase,
        service=draft.service_name,
        provider=draft.provider_name,
        price=draft.price,
        day=day,
        days=DAYS_SHOWN,
        time=time,
        name=draft.customer_name or "",
        email=draft.customer_email or "",
        booking=conversation.booking_id or "",
    )


def _service_option(conversation: Conversation, service: ServiceOffer) -> Option:
    label = say(
        conversation.language,
        "service_label",
        name=clipped(service.name),
        price=price_words(conversation, service),
        minutes=service.duration_minutes,
    )
    return Option(service.service_id, label, service.name)


def _day_option(conversation: Conversation, day: date, today: date) -> Option:
    label = day_in_words(day, conversation.language, today=today)
    return Option(day.isoformat(), label, label)


def _slots(conversation: Conversation, first: date, last: date, scene: Scene) -> Sequence[SlotOffer]:
    draft = conversation.draft
    return scene.offers.slots(draft.service_id or "", draft.provider_id or "", first, last)
