"""Conversations of a tenant: those that booked, those that are under way, those that were given up.

A conversation is kept for as long as the tenant says and no longer, so what is drawn is what is left of the last days;
of those before, which time has deleted, their turns still stand in the usage.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from harness.ids import derived_seed
from harness.seeding.booking.model import Booking, Conversation, Provider
from harness.seeding.booking.tokens import token

# Turns that a customer takes to get so far (source: the states of the system's chat, in their order).
TURNS_BY_STATE = {
    "SERVICE_PENDING": 1,
    "PROVIDER_PENDING": 2,
    "DATE_PENDING": 3,
    "TIME_PENDING": 4,
    "CONTACT_PENDING": 5,
    "CONFIRMATION_PENDING": 7,
    "BOOKED": 8,
    "ABANDONED": 3,
}
_UNDER_WAY = ("SERVICE_PENDING", "PROVIDER_PENDING", "DATE_PENDING", "TIME_PENDING", "ABANDONED")
CHANNELS = ("web", "web", "whatsapp")


def drawn_conversations(
    providers: Sequence[Provider], today: datetime, language: str, ttl_days: int, seed: int
) -> tuple[tuple[Conversation, ...], tuple[tuple[str, int], ...]]:
    """Return the conversations that are left, and the turns of those that are not, by month."""
    random = Random(derived_seed(seed, "chats"))  # noqa: S311 - no secret
    booked = [
        _booked(booking, provider, language, random)
        for provider in providers
        for booking in provider.bookings
        if booking.source == "chat"
    ]
    talking = [_under_way(number, providers, today, language, ttl_days, seed) for number in range(len(providers) + 2)]
    kept, forgotten = [], Counter[str]()
    for chat in [*booked, *talking]:
        if chat.last_message_at + timedelta(days=ttl_days) > today:
            kept.append(chat)
        else:
            forgotten[f"{chat.last_message_at:%Y-%m}"] += chat.turns
    return tuple(kept), tuple(sorted(forgotten.items()))


def _booked(booking: Booking, provider: Provider, language: str, random: Random) -> Conversation:
    return Conversation(
        conversation_id=f"cnv_{booking.booking_id.rpartition('_')[2]}",
        state="BOOKED",
        language=language,
        channel=random.choice(CHANNELS),
        turns=TURNS_BY_STATE["BOOKED"],
        started_at=booking.created_at - timedelta(minutes=4),
        last_message_at=booking.created_at,
        service_id=booking.service.service_id,
        provider_id=provider.provider_id,
        booking=booking,
        customer_name=booking.customer_name,
        customer_email=booking.customer_email,
    )


def _under_way(
    number: int, providers: Sequence[Provider], today: datetime, language: str, ttl_days: int, seed: int
) -> Conversation:
    random = Random(derived_seed(seed, "chat", str(number)))  # noqa: S311 - no secret
    state, provider = random.choice(_UNDER_WAY), random.choice(providers)
    service = random.choice(provider.services)
    turns = TURNS_BY_STATE[state]
    last = today - timedelta(minutes=random.randrange(5, ttl_days * 1440))
    return Conversation(
        conversation_id=f"cnv_{token(seed, 'chat', str(number))}",
        state=state,
        language=language,
        channel=random.choice(CHANNELS),
        turns=turns,
        started_at=last - timedelta(minutes=turns),
        last_message_at=last,
        service_id=service.service_id if turns >= 2 and state != "ABANDONED" else "",
        provider_id=provider.provider_id if turns >= 3 and state != "ABANDONED" else "",
    )
