"""Batches of AWS's JSON protocols: taken apart into entries, and answered as if some of them had been left.

A batch answers 200 although entries of it failed: that is what callers forget. Source: botocore's models of the
operations below; documented. Not here: batches in the query protocol (SNS), and those of services we never use.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Set
from typing import Any, ClassVar

Document = dict[str, Any]


class Batch(ABC):
    """One operation's way to ask for many things; positions are those of the entries in the request."""

    # Whether entries have effects: a read can't be reported as failed after it happened.
    has_effects: ClassVar[bool] = True

    @abstractmethod
    def count(self, asked: Document) -> int:
        """Return how many entries a request has. Raises KeyError, TypeError or AttributeError for nonsense."""

    @abstractmethod
    def without(self, asked: Document, left: Set[int]) -> Document:
        """Return the request for all entries but those that are left."""

    @abstractmethod
    def answer(self, asked: Document, left: Set[int], told: Document) -> Document:
        """Return the answer to the whole request; `told` is the upstream's to what was sent, {} to nothing."""


class DynamoDbBatch(Batch):
    """BatchWriteItem: requests by table."""

    _unprocessed = "UnprocessedItems"

    def count(self, asked: Document) -> int:
        return sum(len(self._entries(about)) for about in asked["RequestItems"].values())

    def without(self, asked: Document, left: Set[int]) -> Document:
        return {**asked, "RequestItems": self._chosen(asked, left, are_left=False)}

    def answer(self, asked: Document, left: Set[int], told: Document) -> Document:
        unprocessed = dict(told.get(self._unprocessed) or {})
        for table, about in self._chosen(asked, left, are_left=True).items():
            unprocessed[table] = self._with(about, self._entries(about) + self._entries(unprocessed.get(table)))
        return {**told, self._unprocessed: unprocessed}

    def _entries(self, about: Any) -> list[Any]:
        return list(about or ())

    def _with(self, _about: Any, entries: list[Any]) -> Any:
        return entries

    def _chosen(self, asked: Document, left: Set[int], *, are_left: bool) -> Document:
        chosen, position = {}, 0
        for table, about in asked["RequestItems"].items():
            entries = []
            for entry in self._entries(about):
                if (position in left) is are_left:
                    entries.append(entry)
                position += 1
            if entries:
                chosen[table] = self._with(about, entries)
        return chosen


class DynamoDbReads(DynamoDbBatch):
    """BatchGetItem: keys by table, beside what to read of them."""

    has_effects = False
    _unprocessed = "UnprocessedKeys"

    def answer(self, asked: Document, left: Set[int], told: Document) -> Document:
        return {"Responses": {}, **super().answer(asked, left, told)}

    def _entries(self, about: Any) -> list[Any]:
        return list((about or {}).get("Keys", ()))

    def _with(self, _about: Any, entries: list[Any]) -> Any:
        return {**_about, "Keys": entries}


class NamedEntries(Batch):
    """SQS: entries with ids, answered by those that succeeded and those that failed."""

    def count(self, asked: Document) -> int:
        return len(asked["Entries"])

    def without(self, asked: Document, left: Set[int]) -> Document:
        return {**asked, "Entries": [one for at, one in enumerate(asked["Entries"]) if at not in left]}

    def answer(self, asked: Document, left: Set[int], told: Document) -> Document:
        ids = [asked["Entries"][at]["Id"] for at in sorted(left)]
        failed = [
            {"Id": one, "SenderFault": False, "Code": "InternalError", "Message": "A fault was set."} for one in ids
        ]
        return {
            **told,
            "Successful": [one for one in told.get("Successful", ()) if one["Id"] not in ids],
            "Failed": [*(one for one in told.get("Failed", ()) if one["Id"] not in ids), *failed],
        }


class OrderedEntries(Batch):
    """Kinesis, Firehose and EventBridge: entries in order, answered in the same order with a count of failures."""

    def __init__(self, entries: str, answers: str, failed_count: str) -> None:
        self._asked, self._told, self._failed_count = entries, answers, failed_count

    def count(self, asked: Document) -> int:
        return len(asked[self._asked])

    def without(self, asked: Document, left: Set[int]) -> Document:
        return {**asked, self._asked: [one for at, one in enumerate(asked[self._asked]) if at not in left]}

    def answer(self, asked: Document, left: Set[int], told: Document) -> Document:
        count, answers = self.count(asked), list(told.get(self._told, ()))
        was_sent_whole = len(answers) == count
        sent = iter(answers)
        failed = {"ErrorCode": "InternalFailure", "ErrorMessage": "A fault was set."}
        merged = []
        for position in range(count):
            one = next(sent, failed) if was_sent_whole or position not in left else failed
            merged.append(failed if position in left else one)
        failures = sum("ErrorCode" in one for one in merged)
        return {**told, self._failed_count: failures, self._told: merged}


BATCHES: Mapping[tuple[str, str], Batch] = {
    ("dynamodb", "BatchWriteItem"): DynamoDbBatch(),
    ("dynamodb", "BatchGetItem"): DynamoDbReads(),
    **{
        ("sqs", operation): NamedEntries()
        for operation in ("SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch")
    },
    ("kinesis", "PutRecords"): OrderedEntries("Records", "Records", "FailedRecordCount"),
    ("firehose", "PutRecordBatch"): OrderedEntries("Records", "RequestResponses", "FailedPutCount"),
    ("events", "PutEvents"): OrderedEntries("Entries", "Entries", "FailedEntryCount"),
}
