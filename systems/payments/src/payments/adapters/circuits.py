"""The circuits' table behind the breaker: one item per route, replaced on condition of its version."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.aws import AWS_ERRORS, error_code

from payments.adapters.items import circuit_from, circuit_item, event_item
from payments.adapters.store import read_item, unavailable
from payments.domain.circuit import Circuit
from payments.domain.events import Event


@dataclass(frozen=True, slots=True)
class DynamoCircuits:
    """The domain's CircuitStore on DynamoDB."""

    client: Any
    circuits_table: str
    events_table: str

    def read(self, route: str) -> Circuit:
        """Return a route's circuit, read consistently; a closed one when none is stored."""
        item = read_item(self.client, self.circuits_table, {"Route": {"S": route}})
        return circuit_from(item) if item else Circuit(route)

    def replace(self, before: Circuit, after: Circuit, events: Sequence[Event]) -> bool:
        """Store a circuit and its events if nobody changed it since; return whether that was so."""
        put: dict[str, Any] = {"TableName": self.circuits_table, "Item": circuit_item(after)}
        if before.version == 0:
            put |= {"ConditionExpression": "attribute_not_exists(#route)"}
            put |= {"ExpressionAttributeNames": {"#route": "Route"}}
        else:
            put |= {"ConditionExpression": "Version = :read"}
            put |= {"ExpressionAttributeValues": {":read": {"N": str(before.version)}}}
        told = [{"Put": {"TableName": self.events_table, "Item": event_item(event)}} for event in events]
        try:
            if told:
                self.client.transact_write_items(TransactItems=[{"Put": put}, *told])
            else:
                self.client.put_item(**put)
        except AWS_ERRORS as error:
            if error_code(error) in ("ConditionalCheckFailedException", "TransactionCanceledException"):
                return False
            raise unavailable(error) from error
        return True
