"""A conversation as it is kept: where it stands, what was chosen, what was offered last, and its last answers.

What was offered is kept so that "2" means what the customer saw, whatever changed since. Answers are kept so that a
message that comes again is answered again, and does nothing.
"""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from booking.domain.chat.languages import Language

SECONDS_PER_DAY = 86_400
ANSWERS_KEPT = 4
# Far more than a walk takes. A message older than the answers that are kept is known by its digest, and does nothing.
MESSAGES_REMEMBERED = 48


class State(StrEnum):
    """Where a conversation stands. EXPIRED is never written: it is what time makes of any state."""

    SERVICE_PENDING = "SERVICE_PENDING"
    PROVIDER_PENDING = "PROVIDER_PENDING"
    DATE_PENDING = "DATE_PENDING"
    TIME_PENDING = "TIME_PENDING"
    CONTACT_PENDING = "CONTACT_PENDING"
    CONFIRMATION_PENDING = "CONFIRMATION_PENDING"
    BOOKED = "BOOKED"
    ABANDONED = "ABANDONED"
    EXPIRED = "EXPIRED"


@dataclass(frozen=True, slots=True)
class Option:
    """A numbered choice: `value` is what it stands for, `label` what is shown, `name` what it may be called."""

    value: str
    label: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was chosen so far. `starts_at` is aware UTC, `day` the provider's local date."""

    service_id: str | None = None
    service_name: str = ""
    price: str = ""
    provider_id: str | None = None
    provider_name: str = ""
    timezone: str = "UTC"
    day: date | None = None
    starts_at: datetime | None = None
    customer_name: str | None = None
    customer_email: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What a customer wrote; `message_id` makes it count once."""

    message_id: str
    text: str

    @property
    def fingerprint(self) -> str:
        """What tells this text from another under the same id."""
        return hashlib.sha256(self.text.encode(errors="surrogatepass")).hexdigest()[:16]

    @property
    def digest(self) -> str:
        """The id, short enough to be remembered for long."""
        return hashlib.sha256(self.message_id.encode(errors="surrogatepass")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the chat said to one message: `turn` counts the messages up to and with it."""

    message_id: str
    fingerprint: str
    turn: int
    state: State
    text: str
    options: tuple[Option, ...] = ()
    understood: bool = True
    booking_id: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One walk through the chat; frozen, every turn makes another with a higher `version`.

    `expires_at_s` is epoch seconds, the table's `ttl`. `pending` says that a booking was begun and its outcome is not
    recorded yet. `attempt` counts the bookings that were begun: each has its own idempotency key.
    `turn`, `not_understood` and `ai_tokens` only grow: what a turn used is the difference between two versions.
    """

    tenant_id: str
    conversation_id: str
    language: Language
    channel: str
    started_at: datetime
    last_message_at: datetime
    expires_at_s: int
    state: State = State.SERVICE_PENDING
    month_first: bool = False
    ttl_days: int = 1
    plan: str = ""
    draft: Draft = field(default_factory=Draft)
    page: int = 0
    offered: tuple[Option, ...] = ()
    pending: bool = False
    attempt: int = 1
    booking_id: str | None = None
    turn: int = 0
    not_understood: int = 0
    ai_tokens: int = 0
    answers: tuple[Answer, ...] = ()
    remembered: tuple[str, ...] = ()
    version: int = 1

    @property
    def booking_key(self) -> str:
        """The Idempotency-Key of the booking that is confirmed next, or was begun."""
        return f"chat:{self.conversation_id}:{self.attempt}"

    def expired_at(self, now: datetime) -> bool:
        """Return whether its time is over, whether or not the table has deleted it yet."""
        return now.timestamp() >= self.expires_at_s

    def chosen(self, **values: Any) -> "Conversation":
        """Return it with more chosen, or less where a value is None."""
        return replace(self, draft=replace(self.draft, **values))

    def at(self, state: State) -> "Conversation":
        """Return it in another state, at the first page of whatever is offered there."""
        return replace(self, state=state, page=0, offered=())

    def answer_to(self, message_id: str) -> Answer | None:
        """Return the answer that a message got, while it is kept."""
        return next((one for one in self.answers if one.message_id == message_id), None)

    def heard(self, message: Message) -> bool:
        """Return whether a message was answered before, even when its answer is not kept any more."""
        return message.digest in self.remembered

    def answered(self, message: Message, text: str, *, understood: bool, now: datetime) -> "Conversation":
        """Return it after one more turn, with the answer kept and its time to live begun anew."""
        turn = self.turn + 1
        answer = Answer(
            message.message_id, message.fingerprint, turn, self.state, text, self.offered, understood, self.booking_id
        )
        return replace(
            self,
            turn=turn,
            not_understood=self.not_understood + (not understood),
            answers=(*self.answers, answer)[-ANSWERS_KEPT:],
            remembered=(*self.remembered, message.digest)[-MESSAGES_REMEMBERED:],
            last_message_at=max(now, self.last_message_at),
            expires_at_s=int(now.timestamp()) + self.ttl_days * SECONDS_PER_DAY,
        )
