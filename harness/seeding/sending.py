"""BatchWriteItem and the reads of a check, as signed bytes: boto3 spends more on a batch of items than DynamoDB does.

botocore signs and sends (its own SigV4 and connection pool, so credentials, TLS and proxies are the SDK's affair);
left out are its serializer and its validation. Retries are here, because a put is safe to repeat.
"""

import random
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from harness.errors import AnswerUnexpected, WaitTimeout

ANSWER_WITHIN_S = 30
GIVE_UP_AFTER_S = 60.0
_BACKOFF_S, _BACKOFF_MAX_S = 0.05, 2.0
# Answers that a repetition may better (source: DynamoDB developer guide, "Error handling"; documented).
_TRY_AGAIN = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "TransactionInProgressException",
    }
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where DynamoDB answers, and whose credentials sign; on a local cloud any do."""

    endpoint_url: str
    region: str
    credentials: Any  # botocore's, frozen or refreshable

    @classmethod
    def of(cls, client: Any) -> "Place":
        """Return the place that a boto3 client of DynamoDB talks to."""
        return cls(client.meta.endpoint_url, client.meta.region_name, client._request_signer._credentials)


class Sender:
    """Sends requests to DynamoDB; safe for threads. `retries` counts what was sent again, items or requests."""

    def __init__(self, place: Place, *, connections: int = 16, sleep: Callable[[float], None] = time.sleep) -> None:
        from botocore.auth import SigV4Auth
        from botocore.httpsession import URLLib3Session

        self._place, self._sleep = place, sleep
        self._auth = SigV4Auth(place.credentials, "dynamodb", place.region)
        # Left to itself this session waits 40 ms for an acknowledgement between the head and the body of each request.
        at_once: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
        self._http = URLLib3Session(timeout=ANSWER_WITHIN_S, max_pool_connections=connections, socket_options=at_once)
        self.retries = 0

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def put(self, items_by_table: Mapping[str, list[Any]]) -> None:
        """Write up to 25 items, by physical table, until none is left; raises WaitTimeout, AnswerUnexpected."""
        left: Mapping[str, list[Any]] = {
            table: [{"PutRequest": {"Item": item}} for item in items] for table, items in items_by_table.items()
        }
        give_up_at, attempt = time.monotonic() + GIVE_UP_AFTER_S, 0
        while left:
            if attempt:
                self._pause(attempt, give_up_at, f"{sum(map(len, left.values()))} items of {', '.join(left)}")
            left = self.ask("BatchWriteItem", {"RequestItems": left}).get("UnprocessedItems") or {}
            attempt += 1

    def ask(self, operation: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return DynamoDB's answer; throttles and lost answers are asked again, so ask only what may be repeated."""
        body, attempt, give_up_at = orjson.dumps(document), 0, time.monotonic() + GIVE_UP_AFTER_S
        while True:
            status, answer, seen = self._send(operation, body)
            if status == 200:
                return answer
            code = str(answer.get("__type", "")).rpartition("#")[2]
            if status is not None and status < 500 and code not in _TRY_AGAIN:
                raise AnswerUnexpected(
                    f"{operation} was answered with {status}: {code or 'no words'}",
                    evidence={"seen": answer.get("message") or answer.get("Message") or seen},
                )
            attempt += 1
            self._pause(attempt, give_up_at, f"{operation}, last seen {seen}")

    def items(self, table: str, partition: tuple[str, str], index: str = "") -> Iterator[dict[str, Any]]:
        """Give the items of a partition (its key attribute and value), of a table or of one of its indexes."""
        for page in self._pages(table, partition, index, {}):
            yield from page["Items"]

    def get(self, table: str, keys: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return those items of up to 100 keys that exist, in no order."""
        found: list[dict[str, Any]] = []
        left: Mapping[str, Any] = {table: {"Keys": keys, "ConsistentRead": True}}
        give_up_at, attempt = time.monotonic() + GIVE_UP_AFTER_S, 0
        while left:
            if attempt:
                self._pause(attempt, give_up_at, f"keys of {table}")
            answer = self.ask("BatchGetItem", {"RequestItems": left})
            found.extend(answer.get("Responses", {}).get(table, ()))
            left = answer.get("UnprocessedKeys") or {}
            attempt += 1
        return found

    def count(self, table: str, partition: tuple[str, str], index: str = "") -> int:
        """Return how many items a partition has."""
        return sum(page["Count"] for page in self._pages(table, partition, index, {"Select": "COUNT"}))

    def _pages(
        self, table: str, partition: tuple[str, str], index: str, more: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        name, value = partition
        request: dict[str, Any] = {
            "TableName": table,
            "KeyConditionExpression": "#p = :p",
            "ExpressionAttributeNames": {"#p": name},
            "ExpressionAttributeValues": {":p": {"S": value}},
            **({"IndexName": index} if index else {"ConsistentRead": True}),
            **more,
        }
        while True:
            page = self.ask("Query", request)
            yield page
            if not page.get("LastEvaluatedKey"):
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _send(self, operation: str, body: bytes) -> tuple[int | None, dict[str, Any], str]:
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import HTTPClientError

        headers = {"X-Amz-Target": f"DynamoDB_20120810.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        request = AWSRequest("POST", f"{self._place.endpoint_url}/", headers=headers, data=body)
        self._auth.add_auth(request)
        try:
            answer = self._http.send(request.prepare())
        except HTTPClientError as problem:  # a connection refused or lost, an answer that did not come
            return None, {}, f"{type(problem).__name__}: {problem}"
        try:
            document = orjson.loads(answer.content) if answer.content else {}
        except ValueError:
            document = {}
        told = document if isinstance(document, dict) else {}
        return answer.status_code, told, f"{answer.status_code} {told.get('__type', '')}".strip()

    def _pause(self, attempt: int, give_up_at: float, what: str) -> None:
        """Wait a while that grows, at random so that threads do not come back together; raises WaitTimeout."""
        if time.monotonic() >= give_up_at:
            raise WaitTimeout(f"DynamoDB did not take {what} within {GIVE_UP_AFTER_S:g} s, expected it to")
        self.retries += 1
        self._sleep(random.uniform(0, min(_BACKOFF_MAX_S, _BACKOFF_S * 2 ** min(attempt, 10))))  # noqa: S311 - no secret
