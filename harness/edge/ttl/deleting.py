"""How an expired item is deleted: only if it still is what it was, so that a renewal at the same time wins.

An engine in this process deletes in one step of its own (`SystemDelete`). Any other is asked by a conditional
DeleteItem, which passes the rooms behind TTL, so that the change is told like any other. Either way it is marked as
the system's, consumes no capacity, and is no call that a fault could meet.
"""

from typing import Literal, Protocol

from harness.edge.call import Answer, Namespace, Proceed
from harness.edge.changes import Item
from harness.edge.ttl.expiries import Expiry
from harness.edge.upstream import own_call

Outcome = Literal["deleted", "changed", "table gone", "failed"]
# On a call of the edge's own: what it changes is the system's doing (`Cause.system`).
SYSTEM_MARK = "system"


class SystemDelete(Protocol):
    """An engine's own way to delete an expired item, in one step, marked as the system's in its streams.

    Deletes the item if `attribute` still is the Number `expires_at`; publishes the change; tells whether it did.
    """

    def __call__(self, namespace: Namespace, table: str, key: Item, attribute: str, expires_at: str) -> bool: ...


async def delete(behind: Proceed, namespace: Namespace, table: str, attribute: str, expiry: Expiry) -> Outcome:
    """Delete an expired item by what is behind this room; tell how it ended."""
    call = own_call(
        namespace,
        "DeleteItem",
        {
            "TableName": table,
            "Key": dict(expiry.key),
            "ConditionExpression": "#ttl = :ttl",
            "ExpressionAttributeNames": {"#ttl": attribute},
            "ExpressionAttributeValues": {":ttl": {"N": expiry.text}},
        },
    )
    call.marks[SYSTEM_MARK] = True
    answer = await behind(call)
    if answer.status == 200:
        return "deleted"
    code = error_code(answer)
    if code == "ConditionalCheckFailedException":
        return "changed"
    return "table gone" if code == "ResourceNotFoundException" else "failed"


def error_code(answer: Answer) -> str:
    """Return the code of a DynamoDB error answer, "" when it has none."""
    document = answer.document
    return str(document.get("__type", "")).rpartition("#")[2] if isinstance(document, dict) else ""
