"""How many requests a tenant makes in a minute, counted where every worker sees it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from groundwork.aws import AWS_ERRORS
from groundwork.instants import Clock
from groundwork.observability import logger

from booking.adapters.http_events import Identity
from booking.adapters.rows import Rows
from booking.adapters.tables import TableNames
from booking.domain.errors import StoreUnavailable, TooManyRequests
from booking.domain.plans import limits_of

_KEPT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Lets requests in until the plan's limit of the minute (UTC); the count is exact, by a condition."""

    rows_of: Callable[[str], Rows]
    tables: TableNames
    clock: Clock

    def admit(self, identity: Identity) -> None:
        """Count a request; raises TooManyRequests when the minute is used up.

        While the counter can't be reached, requests are let in: a protection that is out of order must not stop what
        it protects.
        """
        now = self.clock()
        limit = limits_of(identity.plan).requests_per_minute
        try:
            counted = self.rows_of(identity.tenant_id).update(self._count(identity.tenant_id, now, limit))
        except (StoreUnavailable, *AWS_ERRORS) as error:
            logger.warning("requests are not counted", extra={"error": type(error).__name__})
            return
        if counted is None:
            raise TooManyRequests(
                f"the plan allows {limit} requests a minute", retry_after_s=60 - now.second - now.microsecond / 1e6
            )

    def _count(self, tenant_id: str, now: datetime, limit: int) -> dict[str, Any]:
        minute = now.astimezone(UTC)
        return {
            "TableName": self.tables.usage,
            "Key": {"PK": {"S": f"TENANT#{tenant_id}"}, "SK": {"S": f"RATE#{minute:%Y-%m-%dT%H:%M}"}},
            "UpdateExpression": "SET tenantId = :t, entity = :e, #ttl = :ttl ADD requests :one",
            "ConditionExpression": "attribute_not_exists(requests) OR requests < :max",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": {
                ":t": {"S": tenant_id},
                ":e": {"S": "Rate"},
                ":ttl": {"N": str(int((now + _KEPT).timestamp()))},
                ":one": {"N": "1"},
                ":max": {"N": str(limit)},
            },
        }
