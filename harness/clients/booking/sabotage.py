"""What a broken booking system would have left undone, undone behind its back: to see whether anybody notices.

For tests of tests. No system is changed, only items of one business.
"""

from typing import Any

from harness.clients.booking.tenant import Tenant
from harness.clients.deployment import Deployment

SYSTEM = "booking"


class Saboteur:
    """Takes items of a business away; a context manager that closes its connection."""

    def __init__(self, deployment: Deployment) -> None:
        self._client: Any = deployment.environment.client("dynamodb")
        booking = deployment.system(SYSTEM)
        self._providers, self._bookings = booking.output("ProvidersTable"), booking.output("BookingsTable")

    def __enter__(self) -> "Saboteur":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def lose_claims(self, tenant: Tenant) -> int:
        """Delete every claim of a business, as if bookings wrote none; return how many there were."""
        lost = 0
        for provider in self._keys(self._providers, f"TENANT#{tenant.tenant_id}", "PROVIDER#"):
            if "#SERVICE#" in provider["SK"]["S"]:
                continue
            partition = f"TENANT#{tenant.tenant_id}#{provider['SK']['S']}"
            for claim in self._keys(self._bookings, partition, "CLAIM#"):
                self._client.delete_item(TableName=self._bookings, Key=claim)
                lost += 1
        return lost

    def _keys(self, table: str, partition: str, prefix: str) -> list[dict[str, dict[str, str]]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="PK = :pk AND begins_with(SK, :prefix)",
            ExpressionAttributeValues={":pk": {"S": partition}, ":prefix": {"S": prefix}},
            ProjectionExpression="PK, SK",
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]
