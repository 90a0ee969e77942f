"""What requests of the chat may hold, and what their answers show."""

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from groundwork.instants import instant

from booking.adapters.conversation_items import second
from booking.adapters.forms import ID_PATTERN, Document, Form
from booking.adapters.words import Instant
from booking.domain.chat.conversation import Answer, Conversation, Option

TEXT_MAX = 1_000
# Nothing that a terminal or a log would obey; line breaks and tabs are how people write.
_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class NewConversation(Form):
    """POST /conversations; the tenant's language when none is named."""

    language: Literal["es", "en"] | None = None
    channel: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_-]{0,31}(?![\n])$")] = "web"


class NewMessage(Form):
    """POST /conversations/{conversationId}/messages; the same `messageId` is answered once."""

    message_id: Annotated[str, msgspec.Meta(pattern=ID_PATTERN)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=TEXT_MAX, pattern=_TEXT)]


class ListQuery(Form):
    """GET /conversations."""

    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, msgspec.Meta(max_length=1_024)] | None = None


class OptionDocument(Document):
    """A choice; its number, or its label's words, pick it."""

    number: int
    label: str


class AnswerDocument(Document):
    """What the chat said to one message. `turn` counts messages; `text` holds the options as numbered lines, too."""

    conversation_id: str
    message_id: str
    turn: int
    state: str
    understood: bool
    text: str
    options: list[OptionDocument]
    expires_at: Instant
    booking_id: str | None = None


class ConversationDocument(Document):
    """A conversation as it stands; `text` and `options` are what was said last."""

    conversation_id: str
    state: str
    language: str
    channel: str
    turn: int
    text: str
    options: list[OptionDocument]
    created_at: Instant
    last_message_at: Instant
    expires_at: Instant
    service_id: str | None = None
    provider_id: str | None = None
    datetime: Instant | None = None
    customer_name: str | None = None
    customer_email: str | None = None
    booking_id: str | None = None


class ConversationList(Document):
    """Conversations, latest message first. A page may hold fewer than `limit` and have a successor."""

    items: list[ConversationDocument]
    next_cursor: str | None = None


def conversation_document(conversation: Conversation) -> ConversationDocument:
    """Return a conversation as it is shown."""
    draft = conversation.draft
    last = conversation.answers[-1] if conversation.answers else None
    return ConversationDocument(
        conversation_id=conversation.conversation_id,
        state=str(conversation.state),
        language=str(conversation.language),
        channel=conversation.channel,
        turn=conversation.turn,
        text=last.text if last else "",
        options=_options(last.options if last else ()),
        service_id=draft.service_id,
        provider_id=draft.provider_id,
        datetime=second(draft.starts_at) if draft.starts_at else None,
        customer_name=draft.customer_name,
        customer_email=draft.customer_email,
        booking_id=conversation.booking_id,
        created_at=instant(conversation.started_at),
        last_message_at=instant(conversation.last_message_at),
        expires_at=_expiry(conversation),
    )


def answer_document(conversation: Conversation, answer: Answer, message_id: str) -> AnswerDocument:
    """Return an answer as it is shown, to the message that asked for it."""
    return AnswerDocument(
        conversation_id=conversation.conversation_id,
        message_id=message_id,
        turn=answer.turn,
        state=str(answer.state),
        understood=answer.understood,
        text=answer.text,
        options=_options(answer.options),
        booking_id=answer.booking_id,
        expires_at=_expiry(conversation),
    )


def _options(options: tuple[Option, ...]) -> list[OptionDocument]:
    return [OptionDocument(number=number, label=one.label) for number, one in enumerate(options, 1)]


def _expiry(conversation: Conversation) -> str:
    return second(datetime.fromtimestamp(conversation.expires_at_s, UTC))
