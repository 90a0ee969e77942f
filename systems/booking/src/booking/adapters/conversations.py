"""The table Conversations behind the chat's port: consistent reads, and writes upon the version that was read.

No write makes an item: one that its time to live has ended is neither changed, while it is still there, nor revived.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.attributes import attribute, item_of
from groundwork.aws import AWS_ERRORS, error_code
from groundwork.instants import Clock

from booking.adapters.conversation_items import (
    conversation_from,
    conversation_item,
    conversation_key,
    list_partition,
)
from booking.adapters.rows import Rows, Where, asked
from booking.domain.catalog import Page
from booking.domain.chat.conversation import Conversation
from booking.domain.chat.desk import ConversationChanged
from booking.domain.errors import StoreUnavailable


@dataclass(frozen=True, slots=True)
class DynamoConversations:
    """The chat's Conversations; `rows_of` gives the tables in a tenant's name."""

    rows_of: Callable[[str], Rows]
    table: str
    clock: Clock

    def find(self, tenant_id: str, conversation_id: str) -> Conversation | None:
        """Return a conversation, read consistently, or None; raises StoreUnavailable."""
        found = self.rows_of(tenant_id).get(self.table, conversation_key(tenant_id, conversation_id))
        return conversation_from(found) if found else None

    def start(self, conversation: Conversation) -> None:
        """Write a new conversation; raises StoreUnavailable."""
        if self.rows_of(conversation.tenant_id).put_new(self.table, conversation_item(conversation)):
            return
        # The id is new and random, so what is there is this very item: an earlier answer to this write was lost.
        there = self.find(conversation.tenant_id, conversation.conversation_id)
        if there is None or there.started_at != conversation.started_at:
            raise StoreUnavailable("the conversation could not be started")

    def save(self, before: Conversation, after: Conversation) -> None:
        """Replace a conversation that is as it was read and not over; raises ConversationChanged, StoreUnavailable."""
        values = {":read": before.version, ":now": int(self.clock().timestamp())}
        request: dict[str, Any] = {
            "TableName": self.table,
            "Item": item_of(conversation_item(after)),
            "ConditionExpression": "version = :read AND #ttl > :now",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
        }
        client = self.rows_of(after.tenant_id).client
        try:
            asked(lambda: client.put_item(**request), None)
        except AWS_ERRORS as error:
            if error_code(error) != "ConditionalCheckFailedException":
                raise
            raise ConversationChanged from None

    def latest(self, tenant_id: str, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Return conversations whose time is not over, latest message first, by the index: some moments old.

        A page may hold fewer than `limit`, because those that are over are left out of it.
        """
        where = Where(self.table, ("GSI1PK", list_partition(tenant_id)), index="GSI1", newest_first=True)
        found = self.rows_of(tenant_id).slice(where, limit, position)
        now = self.clock()
        kept: Sequence[Conversation] = [one for one in map(conversation_from, found.items) if not one.expired_at(now)]
        return Page(kept, found.position)
