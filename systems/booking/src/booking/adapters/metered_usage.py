"""The table TenantUsage as the chat needs it: uses counted once, and whether the plan allows another message.

A use's marker (`METERED#<event id>`) and the month's counters are written in one transaction, so a record that comes
again finds its marker and changes nothing. Markers outlive every record: a stream keeps its records for 24 hours, and a
failed batch's for as long as its queue (source: DynamoDB developer guide, "Change data capture", documented).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from groundwork.attributes import attribute, item_of
from groundwork.deadline import Deadline
from groundwork.instants import Clock

from booking.adapters.rows import Rows
from booking.adapters.tenant_items import usage_key
from booking.domain.errors import LimitReached, StoreUnavailable
from booking.domain.metering import Bill, Use
from booking.domain.plans import limits_of

# A transaction takes 100 writes; fewer at once conflict less with bookings, which count on the same item.
USES_MAX = 25
_MARKER_TTL_S = 30 * 86_400
_COUNTED = {"messages": "messages", "tokensIA": "ai_tokens", "errors": "errors"}


@dataclass(frozen=True, slots=True)
class DynamoUsage:
    """The domain's Usage; `rows_of` gives the tables in a tenant's name."""

    rows_of: Callable[[str], Rows]
    table: str
    clock: Clock

    def record(self, bill: Bill, deadline: Deadline) -> int:
        """Count those uses that have no marker yet; returns how many. Raises StoreUnavailable."""
        rows, left = self.rows_of(bill.tenant_id), list(bill.uses)
        while left:
            writes = [self._update(bill, left), *(self._marker(use) for use in left)]
            counted = rows.transact(writes, deadline)
            if not counted:
                return len(left)
            marked = {position - 1 for position in counted}
            if -1 in marked:
                raise StoreUnavailable("the month's counters were refused without a condition")
            left = [use for position, use in enumerate(left) if position not in marked]
        return 0

    def _update(self, bill: Bill, uses: list[Use]) -> dict[str, Any]:
        values: dict[str, Any] = {":tenantId": bill.tenant_id, ":entity": "Usage", ":plan": bill.plan}
        values |= {f":{name}": sum(getattr(use, field) for use in uses) for name, field in _COUNTED.items()}
        request: dict[str, Any] = {
            "TableName": self.table,
            "Key": item_of(usage_key(bill.tenant_id, bill.month)),
            "UpdateExpression": "SET tenantId = :tenantId, entity = :entity, #plan = :plan "
            f"ADD {', '.join(f'#{name} :{name}' for name in _COUNTED)}",
            "ExpressionAttributeNames": {"#plan": "plan"} | {f"#{name}": name for name in _COUNTED},
            "ExpressionAttributeValues": {name: attribute(value) for name, value in values.items()},
        }
        return {"Update": request}

    def _marker(self, use: Use) -> dict[str, Any]:
        marker: Mapping[str, Any] = {
            "PK": f"TENANT#{use.tenant_id}",
            "SK": f"METERED#{use.event_id}",
            "tenantId": use.tenant_id,
            "entity": "Metered",
            "month": use.month,
            "ttl": int(self.clock().timestamp()) + _MARKER_TTL_S,
        }
        put = {"TableName": self.table, "Item": item_of(marker), "ConditionExpression": "attribute_not_exists(PK)"}
        return {"Put": put}


@dataclass(frozen=True, slots=True)
class MessageAllowance:
    """The plan's limit of messages a month, held against what is counted so far.

    Soft on purpose: messages are counted behind the stream, some seconds late, so a tenant may get that much beyond it.
    Counting in the turn itself would make one item per tenant the bottleneck of all its conversations.
    """

    rows_of: Callable[[str], Rows]
    table: str

    def check_messages(self, tenant_id: str, plan: str, now: datetime) -> None:
        """Raise LimitReached when this month's messages are used up."""
        allowed = limits_of(plan).messages_per_month
        month = f"{now.astimezone(UTC):%Y-%m}"
        counted = self.rows_of(tenant_id).get(self.table, usage_key(tenant_id, month)) or {}
        if int(counted.get("messages", 0)) >= allowed:
            raise LimitReached(f"the plan's {allowed} messages of this month are used up")
