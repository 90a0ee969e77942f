"""How DynamoDB says that there is no capacity, in the answer of each kind of operation.

Sources: the API reference (TransactWriteItems' CancellationReasons, BatchStatementError, UnprocessedItems) and the
developer guide, "Diagnosing throttling" (documented). Which exception a cause has is data: `capacity.exceptions`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson

from harness.capacity.charge import Refusal
from harness.capacity.exceptions import REQUEST_LIMIT, error_of
from harness.capacity.shape import TableShape
from harness.edge.aws import fields_of, refusal
from harness.edge.aws.reasons import CANCELLED
from harness.edge.call import Answer, Call


class Refused(NamedTuple):
    """One entry's refusal, and by which table."""

    shape: TableShape
    refusal: Refusal

    @property
    def arn(self) -> str:
        """The ARN of the table or index that had no capacity."""
        return f"{self.shape.arn}/index/{self.refusal.resource}" if self.refusal.resource else self.shape.arn


def thrown(call: Call, refused: Refused) -> Answer:
    """Return the answer to a call that was refused as a whole."""
    error = error_of(refused.shape.billing, refused.refusal)
    fields = fields_of(error.code, (refused.refusal.reason,), refused.arn)
    return refusal(call, error.code, error.message, fields=fields)


def cancelled(call: Call, entries: Sequence[Refused | None]) -> Answer:
    """Return the answer to a transaction; `entries` are in the request's order, None for those not to blame."""
    reasons: list[dict[str, str]] = []
    for entry in entries:
        if entry is None:
            reasons.append({"Code": "None"})
        else:
            error = error_of(entry.shape.billing, entry.refusal)
            reasons.append({"Code": error.cancellation, "Message": error.message})
    return refusal(call, CANCELLED, fields=fields_of(CANCELLED, reasons))


def statement_error(refused: Refused) -> dict[str, Any]:
    """Return what BatchExecuteStatement answers for one statement."""
    error = error_of(refused.shape.billing, refused.refusal)
    code = error.code if error.code == REQUEST_LIMIT else error.cancellation
    return {"Error": {"Code": code, "Message": error.message}, "TableName": refused.shape.name}


def batch_answer(call: Call, document: dict[str, Any]) -> Answer:
    """Return a 200 with this document, as DynamoDB writes it."""
    body = orjson.dumps(document)
    headers = [(b"content-type", call.header(b"content-type")), (b"content-length", b"%d" % len(body))]
    return Answer(200, headers, body)
