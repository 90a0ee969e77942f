"""The chat's routes: begin a conversation, say something, read one, list the latest.

The machine and its turns are in `booking.domain.chat`; here is only how they look in HTTP.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import utc_now
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from booking.adapters import chat_wiring
from booking.adapters.chat_forms import (
    AnswerDocument,
    ConversationDocument,
    ConversationList,
    ListQuery,
    NewConversation,
    NewMessage,
    answer_document,
    conversation_document,
)
from booking.adapters.conversations import DynamoConversations
from booking.adapters.cursors import Cursors
from booking.adapters.http_events import HttpAnswer
from booking.adapters.rate_limits import RateLimits
from booking.adapters.routing import Access, Call, Route, answer_event, answered, table
from booking.adapters.rows import rows_for
from booking.adapters.tables import TableNames
from booking.domain.chat.conversation import Message
from booking.domain.chat.desk import ConversationDesk
from booking.domain.chat.languages import Language

_LIST = "conversations"


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    desk: ConversationDesk
    conversations: DynamoConversations
    cursors: Cursors
    rates: RateLimits

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        environment = Environment.current()
        conversations = chat_wiring.conversations(environment, utc_now)
        desk = chat_wiring.desk(environment, conversations, utc_now)
        rates = RateLimits(rows_for, TableNames.from_environment(environment), utc_now)
        return cls(desk, conversations, Cursors.from_environment(environment), rates)


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


def start_conversation(call: Call[Dependencies]) -> HttpAnswer:
    """POST /conversations."""
    form = call.body(NewConversation)
    language = Language(form.language) if form.language else None
    started = call.deps.desk.start(call.tenant_id, call.identity.plan, language, form.channel)
    call.line.add(conversation_id=started.conversation_id)
    location = f"/conversations/{started.conversation_id}"
    return answered(201, conversation_document(started), {"location": location})


def say(call: Call[Dependencies]) -> HttpAnswer:
    """POST /conversations/{conversationId}/messages."""
    conversation_id = _conversation_id(call)
    form = call.body(NewMessage)
    message = Message(form.message_id, form.text)
    conversation, answer = call.deps.desk.say(
        call.tenant_id, call.identity.plan, conversation_id, message, call.deadline
    )
    call.line.add(turn=answer.turn, state=str(answer.state), understood=answer.understood)
    return answered(200, answer_document(conversation, answer, form.message_id))


def read_conversation(call: Call[Dependencies]) -> HttpAnswer:
    """GET /conversations/{conversationId}."""
    return answered(200, conversation_document(call.deps.desk.read(call.tenant_id, _conversation_id(call))))


def list_conversations(call: Call[Dependencies]) -> HttpAnswer:
    """GET /conversations."""
    query = call.query(ListQuery)
    cursors, tenant_id = call.deps.cursors, call.tenant_id
    position = cursors.unseal(query.cursor, tenant_id, _LIST) if query.cursor else None
    page = call.deps.conversations.latest(tenant_id, query.limit, position)
    following = cursors.seal(tenant_id, _LIST, page.position) if page.position else None
    items = [conversation_document(one) for one in page.items]
    return answered(200, ConversationList(items=items, next_cursor=following))


ROUTES = table(
    Route(
        "POST /conversations",
        start_conversation,
        "Begin a conversation",
        Access.ANY,
        {201: ConversationDocument},
        body=NewConversation,
    ),
    Route(
        "GET /conversations",
        list_conversations,
        "List conversations, latest message first",
        Access.MANAGE,
        {200: ConversationList},
        query=ListQuery,
    ),
    Route(
        "GET /conversations/{conversationId}",
        read_conversation,
        "Read a conversation",
        Access.ANY,
        {200: ConversationDocument},
        refusals=("not_found", "conversation_expired"),
    ),
    Route(
        "POST /conversations/{conversationId}/messages",
        say,
        "Say something",
        Access.ANY,
        {200: AnswerDocument},
        body=NewMessage,
        refusals=("not_found", "conversation_expired", "limit_reached", "idempotency_conflict"),
    ),
)


def handle(event: dict[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Answer one call."""
    return answer_event(event, ROUTES, deps, deadline, admit=deps.rates.admit)


def _conversation_id(call: Call[Dependencies]) -> str:
    conversation_id = call.path_id("conversationId")
    call.line.correlation_id = conversation_id
    return conversation_id


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
