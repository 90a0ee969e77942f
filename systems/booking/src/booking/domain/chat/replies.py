"""What the chat makes of a text in each state: where the conversation goes, and what is said before the question."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from booking.domain.chat.choices import PAGE_SIZE, by_name, by_number
from booking.domain.chat.contacts import read_contact
from booking.domain.chat.conversation import Conversation, Option, State
from booking.domain.chat.dates import read_day
from booking.domain.chat.offers import SlotOffer
from booking.domain.chat.phrases import say
from booking.domain.chat.questions import (
    DAYS_AHEAD_MAX,
    DAYS_SHOWN,
    Scene,
    day_words,
    free_days,
    options_of,
    price_words,
    slots_on,
    time_option,
)
from booking.domain.chat.times import read_day_and_times, read_times
from booking.domain.chat.words import says_no, says_yes


@dataclass(frozen=True, slots=True)
class Move:
    """What came of a text. `choices` replaces the state's own when several may be meant; `book` begins a booking."""

    conversation: Conversation
    lead: str = ""
    understood: bool = True
    choices: tuple[Option, ...] = ()
    book: bool = False


def puzzled(conversation: Conversation, phrase: str = "not_understood") -> Move:
    """Return the move that changes nothing, because the text was not understood."""
    return Move(conversation, say(conversation.language, phrase), understood=False)


def choose_service(conversation: Conversation, text: str, scene: Scene) -> Move:
    """A service by its number or name."""
    picked = _picked(conversation, text, scene)
    if isinstance(picked, Move):
        return picked
    service = next((one for one in scene.offers.services() if one.service_id == picked.value), None)
    if service is None:
        return Move(conversation, say(conversation.language, "service_gone"))
    if service.asks_deposit:
        return Move(conversation, say(conversation.language, "deposit_needed", service=service.name))
    if not scene.offers.providers(service.service_id):
        return Move(conversation, say(conversation.language, "no_providers", service=service.name))
    chosen = conversation.chosen(
        service_id=service.service_id, service_name=service.name, price=price_words(conversation, service)
    )
    return Move(chosen.at(State.PROVIDER_PENDING))


def choose_provider(conversation: Conversation, text: str, scene: Scene) -> Move:
    """A provider by number or name."""
    picked = _picked(conversation, text, scene)
    if isinstance(picked, Move):
        return picked
    providers = scene.offers.providers(conversation.draft.service_id or "")
    provider = next((one for one in providers if one.provider_id == picked.value), None)
    if provider is None:
        return Move(conversation, say(conversation.language, "provider_gone"))
    chosen = conversation.chosen(
        provider_id=provider.provider_id, provider_name=provider.name, timezone=provider.timezone
    )
    if not free_days(chosen, scene):
        return Move(conversation, say(conversation.language, "no_days", provider=provider.name, days=DAYS_SHOWN))
    return Move(chosen.at(State.DATE_PENDING))


def choose_day(conversation: Conversation, text: str, scene: Scene) -> Move:
    """A day by its number in the list, or as people write it; with a time if one is told."""
    if picked := by_number(text, conversation.offered):
        return _on_day(conversation, date.fromisoformat(picked.value), scene)
    today, month_first = scene.today(conversation.draft.timezone), conversation.month_first
    if both := read_day_and_times(text, today, month_first=month_first):
        moved = _on_day(conversation, both[0], scene)
        return _at_times(moved.conversation, both[1], scene) if moved.conversation.draft.day == both[0] else moved
    day = read_day(text, today, month_first=month_first)
    return _on_day(conversation, day, scene) if day else puzzled(conversation)


def choose_time(conversation: Conversation, text: str, scene: Scene) -> Move:
    """A time by its number in the list or as people write it; or another day."""
    if picked := by_number(text, conversation.offered):
        return _at_instant(conversation, datetime.fromisoformat(picked.value), scene)
    if times := read_times(text):
        return _at_times(conversation, times, scene)
    return choose_day(conversation.at(State.TIME_PENDING), text, scene)


def tell_contact(conversation: Conversation, text: str, _: Scene) -> Move:
    """A name, an e-mail address, or both."""
    name, email = read_contact(text)
    draft = conversation.draft
    if email is None and (draft.customer_name or name is None):
        return puzzled(conversation, "bad_email" if draft.customer_name or "@" in text else "bad_name")
    known = conversation.chosen(customer_name=name or draft.customer_name, customer_email=email or draft.customer_email)
    complete = known.draft.customer_name and known.draft.customer_email
    return Move(known.at(State.CONFIRMATION_PENDING if complete else State.CONTACT_PENDING))


def confirm(conversation: Conversation, text: str, _: Scene) -> Move:
    """Yes or no."""
    if says_yes(text):
        return Move(conversation, book=True)
    if says_no(text):
        return Move(conversation, say(conversation.language, "not_booked_yet"))
    return puzzled(conversation)


def tell_again(conversation: Conversation, _text: str, _scene: Scene) -> Move:
    """Nothing is asked any more: whatever is written, how it ended is told again."""
    return Move(conversation)


REPLIES: dict[State, Callable[[Conversation, str, Scene], Move]] = {
    State.SERVICE_PENDING: choose_service,
    State.PROVIDER_PENDING: choose_provider,
    State.DATE_PENDING: choose_day,
    State.TIME_PENDING: choose_time,
    State.CONTACT_PENDING: tell_contact,
    State.CONFIRMATION_PENDING: confirm,
    State.BOOKED: tell_again,
    State.ABANDONED: tell_again,
}


def _picked(conversation: Conversation, text: str, scene: Scene) -> Option | Move:
    if option := by_number(text, conversation.offered):
        return option
    found = by_name(text, options_of(conversation, scene))
    match len(found):
        case 0:
            return puzzled(conversation)
        case 1:
            return found[0]
        case _:
            return _several(conversation, found)


def _several(conversation: Conversation, options: tuple[Option, ...]) -> Move:
    return Move(conversation, say(conversation.language, "several"), choices=options[:PAGE_SIZE])


def _on_day(conversation: Conversation, day: date, scene: Scene) -> Move:
    today = scene.today(conversation.draft.timezone)
    if day < today:
        return Move(conversation, say(conversation.language, "past_day"))
    last = today + timedelta(days=DAYS_AHEAD_MAX)
    if day > last:
        return Move(conversation, say(conversation.language, "far_day", day=day_words(conversation, last, scene)))
    if not slots_on(conversation, day, scene):
        return Move(conversation, say(conversation.language, "no_times", day=day_words(conversation, day, scene)))
    return Move(conversation.chosen(day=day, starts_at=None).at(State.TIME_PENDING))


def _at_times(conversation: Conversation, times: tuple[time, ...], scene: Scene) -> Move:
    draft = conversation.draft
    slots = slots_on(conversation, draft.day, scene) if draft.day else []
    found = [slot for slot in slots if _local_time(slot, draft.timezone) in times]
    if len(found) == 1:
        return _at(conversation, found[0])
    if found:
        return _several(conversation, tuple(time_option(conversation, slot) for slot in found))
    told = say(
        conversation.language,
        "no_such_time",
        time=" / ".join(f"{one:%H:%M}" for one in times),
        day=day_words(conversation, draft.day, scene) if draft.day else "",
    )
    return Move(_near(conversation, times[-1], slots), told if slots else "")


def _at_instant(conversation: Conversation, starts_at: datetime, scene: Scene) -> Move:
    draft = conversation.draft
    slots = slots_on(conversation, draft.day, scene) if draft.day else []
    slot = next((one for one in slots if one.starts_at == starts_at), None)
    # What was offered a moment ago may be taken by now.
    return _at(conversation, slot) if slot else Move(conversation, say(conversation.language, "slot_taken"))


def _at(conversation: Conversation, slot: SlotOffer) -> Move:
    chosen = conversation.chosen(starts_at=slot.starts_at)
    known = chosen.draft.customer_name and chosen.draft.customer_email
    return Move(chosen.at(State.CONFIRMATION_PENDING if known else State.CONTACT_PENDING))


def _near(conversation: Conversation, wanted: time, slots: list[SlotOffer]) -> Conversation:
    """Turn to the page with the first free time from the wanted one on."""
    timezone = conversation.draft.timezone
    index = next((n for n, slot in enumerate(slots) if _local_time(slot, timezone) >= wanted), len(slots) - 1)
    return replace(conversation.at(State.TIME_PENDING), page=max(0, index) // PAGE_SIZE)


def _local_time(slot: SlotOffer, timezone: str) -> time:
    return slot.starts_at.astimezone(ZoneInfo(timezone)).time()
