"""Marks TTL's deletes in what GetRecords answers, for engines that take them for a client's.

Source: the DynamoDB developer guide, "DynamoDB Streams and Time to Live": such records carry `userIdentity` with type
"Service" and principalId "dynamodb.amazonaws.com"; GetRecords spells them `Type` and `PrincipalId`, events of functions
in lower case (both documented: botocore's model of dynamodbstreams; the Lambda developer guide). A record is known by
table, key and, where the stream has old images, by the expiry that was deleted. Leaves out records that an engine hands
to functions by itself.
"""

from collections import OrderedDict, deque
from typing import Any

import orjson

from harness.edge.call import Answer, Call, Namespace
from harness.edge.tables import table_name
from harness.edge.ttl.expiries import Expiry, key_text

BY_SYSTEM = {"Type": "Service", "PrincipalId": "dynamodb.amazonaws.com"}
DELETES_KEPT_MAX = 20_000
ITERATORS_KEPT_MAX = 10_000
EVENTS_KEPT_MAX = 20_000
# Stream records carry whole seconds, those of DynamoDB Local whole minutes (seen in 2.x).
NEAR_S = 62.0

_Where = tuple[Namespace, str, str]


class StreamMarks:
    """Remembers the newest deletes of TTL, and which table a shard iterator leads to."""

    def __init__(self) -> None:
        self._deletes: OrderedDict[_Where, deque[tuple[float, str, str]]] = OrderedDict()
        self._iterators: OrderedDict[str, str] = OrderedDict()
        self._events: OrderedDict[str, bool] = OrderedDict()

    def note(self, namespace: Namespace, table: str, attribute: str, expiry: Expiry, at_s: float) -> None:
        """Remember a delete that TTL has made, at the machine's time `at_s`."""
        where = (namespace, table, key_text(expiry.key))
        self._deletes.setdefault(where, deque(maxlen=8)).append((at_s, attribute, expiry.text))
        self._deletes.move_to_end(where)
        if len(self._deletes) > DELETES_KEPT_MAX:
            self._deletes.popitem(last=False)

    def heed_iterator(self, call: Call, answer: Answer) -> None:
        """Remember the table behind a shard iterator that was handed out."""
        asked, told = call.document, answer.document
        if isinstance(asked, dict) and isinstance(told, dict) and answer.status == 200:
            self._remember(told.get("ShardIterator"), table_name(str(asked.get("StreamArn", ""))))

    def mark(self, call: Call, answer: Answer) -> None:
        """Mark TTL's deletes in an answer to GetRecords."""
        if answer.status != 200 or not isinstance(call.document, dict):
            return
        document = answer.document
        if not isinstance(document, dict):
            return
        table = self._iterators.get(str(call.document.get("ShardIterator")), "")
        self._remember(document.get("NextShardIterator"), table)
        marked = [one for one in document.get("Records", ()) if self._is_systems(call.namespace, table, one)]
        for record in marked:
            record["userIdentity"] = dict(BY_SYSTEM)
        if marked:
            answer.replace_body(orjson.dumps(document))

    def forget(self, namespace: Namespace | None) -> None:
        """Forget a namespace's deletes, or all."""
        if namespace is None:
            self._deletes.clear()
            self._iterators.clear()
            self._events.clear()
        else:
            for where in [where for where in self._deletes if where[0] == namespace]:
                del self._deletes[where]

    def _remember(self, iterator: object, table: str) -> None:
        if isinstance(iterator, str) and table:
            self._iterators[iterator] = table
            if len(self._iterators) > ITERATORS_KEPT_MAX:
                self._iterators.popitem(last=False)

    def _is_systems(self, namespace: Namespace, table: str, record: Any) -> bool:
        if record.get("eventName") != "REMOVE":
            return False
        known = record.get("userIdentity")
        if known:  # the engine's own mark, as functions get it
            return "principalId" in known and known.get("type") == "Service"
        event = str(record.get("eventID", ""))
        if event in self._events:
            return True
        image = record.get("dynamodb") or {}
        deletes = self._deletes.get((namespace, table, key_text(image.get("Keys") or {})), ())
        at_s, old = image.get("ApproximateCreationDateTime"), image.get("OldImage")
        for deleted_at_s, attribute, text in deletes:
            is_near = at_s is None or abs(float(at_s) - deleted_at_s) <= NEAR_S
            if is_near and (old is None or _same_number(old.get(attribute), text)):
                self._events[event] = True
                if len(self._events) > EVENTS_KEPT_MAX:
                    self._events.popitem(last=False)
                return True
        return False


def _same_number(value: Any, text: str) -> bool:
    number = value.get("N") if isinstance(value, dict) else None
    return number is not None and float(number) == float(text)
