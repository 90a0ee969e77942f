"""Turns of a conversation: read it, let the machine step, book if it says so, and write it once.

A message counts once: its id is kept with the answer, and the write is made only upon the version that was read. Two
turns that race are therefore one after the other, whichever was first.

A booking is begun in writing. First the conversation is marked as pending, then it is booked, then the outcome is
written. A turn that is killed in between leaves the mark, and whatever message comes next finishes that very booking
(same idempotency key, so the same booking) and tells its outcome, instead of losing it or making another.
"""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from groundwork.deadline import Deadline, paced

from booking.domain.booking import LIVE, Booking, BookingRequest
from booking.domain.chat.conversation import SECONDS_PER_DAY, Answer, Conversation, Message
from booking.domain.chat.languages import Language
from booking.domain.chat.machine import Booked, DepositNeeded, Outcome, Step, advance, greet, settle
from booking.domain.chat.offers import Offers
from booking.domain.chat.questions import Scene
from booking.domain.errors import (
    ConversationExpired,
    IdempotencyConflict,
    LimitReached,
    NotFound,
    OutsideAvailability,
    RequestInvalid,
    SlotTaken,
    StoreUnavailable,
)

SOURCE = "chat"
ID_PREFIX = "conv_"


class ConversationChanged(Exception):
    """Another turn was written first, or the conversation is gone."""


class Conversations(Protocol):
    """Where conversations are kept. Everything may raise Transient."""

    def find(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """Return a conversation, read consistently; one whose time is over, too, while it is there."""

    def start(self, conversation: Conversation) -> None:
        """Keep a new conversation."""

    def save(self, before: Conversation, after: Conversation) -> None:
        """Replace `before` if it is still what is kept and its time is not over; raises ConversationChanged."""


class Bookings(Protocol):
    """What makes bookings; `booking.domain.bookings.BookingDesk` does."""

    def book(self, request: BookingRequest, deadline: Deadline) -> Booking:
        """Return the confirmed booking; the same one for the same idempotency key."""


class Allowance(Protocol):
    """What the tenant's plan still allows."""

    def check_messages(self, tenant_id: str, plan: str, now: datetime) -> None:
        """Raise LimitReached when this month's messages are used up, as far as they are counted yet."""


@dataclass(frozen=True, slots=True)
class Customs:
    """What a tenant has set: its customers' language, how it writes dates, and for how long conversations live."""

    language: Language = Language.ES
    month_first: bool = False
    ttl_days: int = 1


@dataclass(frozen=True, slots=True)
class ConversationDesk:
    """Takes a tenant's conversations. `offers_of` gives what one turn may offer; `customs_of` a tenant's settings."""

    conversations: Conversations
    offers_of: Callable[[str], Offers]
    customs_of: Callable[[str], Customs]
    bookings: Bookings
    allowance: Allowance
    clock: Callable[[], datetime]
    sleep: Callable[[float], None] = time.sleep

    def start(self, tenant_id: str, plan: str, language: Language | None, channel: str) -> Conversation:
        """Begin a conversation with a greeting; it counts as no message."""
        customs, now = self.customs_of(tenant_id), self.clock()
        new = Conversation(
            tenant_id=tenant_id,
            # Whoever knows the id may read and go on: it can't be guessed.
            conversation_id=f"{ID_PREFIX}{secrets.token_urlsafe(18)}",
            language=language or customs.language,
            channel=channel,
            started_at=now,
            last_message_at=now,
            ttl_days=customs.ttl_days,
            expires_at_s=int(now.timestamp()) + customs.ttl_days * SECONDS_PER_DAY,
            month_first=customs.month_first,
            plan=plan,
        )
        step = greet(new, Scene(self.offers_of(tenant_id), now))
        greeting = Answer("", "", 0, step.conversation.state, step.text, step.conversation.offered)
        started = replace(step.conversation, answers=(greeting,))
        self.conversations.start(started)
        return started

    def read(self, tenant_id: str, conversation_id: str) -> Conversation:
        """Return a conversation; raises NotFound, and ConversationExpired when its time is over."""
        found = self.conversations.find(tenant_id, conversation_id)
        if found is None:
            raise NotFound("conversation", conversation_id)
        if found.expired_at(self.clock()):
            raise ConversationExpired(f"conversation {conversation_id} has expired; start a new one")
        return found

    def say(
        self, tenant_id: str, plan: str, conversation_id: str, message: Message, deadline: Deadline
    ) -> tuple[Conversation, Answer]:
        """Answer a message, once; returns the conversation as it is then, and the answer.

        Raises NotFound, ConversationExpired, LimitReached, IdempotencyConflict when the message's id came with another
        text before, and StoreUnavailable when it can't be said now what came of it: send it again.
        """
        for _ in paced(deadline, sleep=self.sleep):
            now = replace(self.read(tenant_id, conversation_id), plan=plan)
            if known := _answered_before(now, message):
                return now, known
            try:
                after = self._turn(now, message, deadline)
            except ConversationChanged:
                continue
            return after, after.answers[-1]
        raise StoreUnavailable(f"conversation {conversation_id} kept changing until the time was over")

    def _turn(self, before: Conversation, message: Message, deadline: Deadline) -> Conversation:
        scene = Scene(self.offers_of(before.tenant_id), self.clock())
        if not before.pending:
            # What was begun is finished whatever the plan says: the customer must learn of it.
            self.allowance.check_messages(before.tenant_id, before.plan, scene.now)
        step = Step(before, book=True) if before.pending else advance(before, message.text, scene)
        if step.book:
            before = self._begun(before)
            step = settle(before, self._booked(before, deadline), scene)
        after = step.conversation.answered(message, step.text, understood=step.understood, now=self.clock())
        return self._save(before, after)

    def _begun(self, before: Conversation) -> Conversation:
        return before if before.pending else self._save(before, replace(before, pending=True))

    def _save(self, before: Conversation, after: Conversation) -> Conversation:
        following = replace(after, version=before.version + 1)
        self.conversations.save(before, following)
        return following

    def _booked(self, conversation: Conversation, deadline: Deadline) -> Outcome:
        try:
            booking = self.bookings.book(_request(conversation), deadline)
        except (SlotTaken, OutsideAvailability, LimitReached, IdempotencyConflict, NotFound) as refused:
            return refused
        except RequestInvalid as refused:
            if any(problem.field == "deposit" for problem in refused.problems):
                return DepositNeeded()
            raise
        # An earlier turn may have made it, and the business may have cancelled it since.
        return Booked(booking.booking_id) if booking.status in LIVE else OutsideAvailability("it was cancelled")


def _answered_before(conversation: Conversation, message: Message) -> Answer | None:
    if not conversation.heard(message):
        return None
    known = conversation.answer_to(message.message_id)
    if known is None:
        # Too old for its answer to be kept: what is asked now is told, and nothing happens.
        return conversation.answers[-1]
    if known.fingerprint != message.fingerprint:
        raise IdempotencyConflict("this messageId was used before with another text")
    return known


def _request(conversation: Conversation) -> BookingRequest:
    draft = conversation.draft
    if not (
        draft.service_id and draft.provider_id and draft.starts_at and draft.customer_name and draft.customer_email
    ):
        raise ValueError(f"conversation {conversation.conversation_id} has nothing that could be booked")
    return BookingRequest(
        tenant_id=conversation.tenant_id,
        service_id=draft.service_id,
        provider_id=draft.provider_id,
        starts_at=draft.starts_at,
        customer_name=draft.customer_name,
        customer_email=draft.customer_email,
        source=SOURCE,
        idempotency_key=conversation.booking_key,
    )
