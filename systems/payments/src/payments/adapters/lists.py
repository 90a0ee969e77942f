"""The indexes behind the domain's Lists: a user's payments, a payment's events."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from groundwork.aws import AWS_ERRORS

from payments.adapters.items import event_from, payment_from
from payments.adapters.store import TableNames, unavailable
from payments.domain.errors import StoreUnavailable
from payments.domain.events import Event
from payments.domain.store import CursorInvalid, Page

USER_INDEX, PAYMENT_INDEX = "UserIDIndex", "PaymentIDIndex"
_EVENTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class DynamoLists:
    """The domain's Lists on DynamoDB; eventually consistent, as global indexes are."""

    client: Any
    tables: TableNames

    def payments_of(self, user_id: str, limit: int, cursor: str | None) -> Page:
        """Return a page of a user's payments, newest first."""
        request = _by_key(self.tables.payments, USER_INDEX, "UserID", user_id)
        request |= {"ScanIndexForward": False, "Limit": limit}
        if cursor:
            request["ExclusiveStartKey"] = _key_of(cursor, user_id)
        answer = self._query(request)
        last = answer.get("LastEvaluatedKey")
        return Page([payment_from(item) for item in answer["Items"]], _cursor_of(last) if last else None)

    def events_of(self, payment_id: str) -> Sequence[Event]:
        """Return a payment's events in the order of time; the first thousand, far more than a payment has."""
        request = _by_key(self.tables.events, PAYMENT_INDEX, "PaymentID", payment_id)
        events: list[Event] = []
        while len(events) < _EVENTS_MAX:
            answer = self._query(request)
            events.extend(event_from(item) for item in answer["Items"])
            if "LastEvaluatedKey" not in answer:
                break
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return events

    def _query(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = self.client.query(**request)
        except AWS_ERRORS as error:
            raise unavailable(error) from error
        if "Items" not in answer:
            # See `read_item`: an answer that could not be read is no empty list.
            raise StoreUnavailable("the answer of the tables could not be read")
        return answer


def _by_key(table: str, index: str, name: str, value: str) -> dict[str, Any]:
    return {
        "TableName": table,
        "IndexName": index,
        "KeyConditionExpression": "#key = :key",
        "ExpressionAttributeNames": {"#key": name},
        "ExpressionAttributeValues": {":key": {"S": value}},
    }


def _cursor_of(key: dict[str, Any]) -> str:
    parts = [key["ID"]["S"], key["CreatedAt"]["S"]]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _key_of(cursor: str, user_id: str) -> dict[str, Any]:
    try:
        payment_id, created_at = json.loads(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, TypeError, binascii.Error):
        raise CursorInvalid("the cursor was not made by this list") from None
    if not isinstance(payment_id, str) or not isinstance(created_at, str):
        raise CursorInvalid("the cursor was not made by this list")
    # The user comes from the path, so a cursor never leads into another user's payments.
    return {"ID": {"S": payment_id}, "CreatedAt": {"S": created_at}, "UserID": {"S": user_id}}
