"""Which exception a throttled request gets, as data: how the resource is paid for, what it is, and what ran out.

Sources: the API reference's texts of the exceptions (RequestLimitExceeded is the account's), the developer guide's
throttling-diagnosing-workflow (a provisioned table's hot key and a maximum, by example) and gsi-throttling (indexes).
Where those pages differ for tables and indexes, so do the entries here.
"""

from typing import Literal, NamedTuple

from harness.capacity.charge import Cause, Refusal
from harness.capacity.parameters import Confidence
from harness.capacity.shape import Billing

PROVISIONED = "ProvisionedThroughputExceededException"
THROTTLING = "ThrottlingException"
REQUEST_LIMIT = "RequestLimitExceeded"

Kind = Literal["Table", "Index"]


class ThrottleError(NamedTuple):
    """An error code of DynamoDB's (HTTP 400), its text, and the code in a cancelled transaction's reasons."""

    code: str
    message: str
    cancellation: str  # of TransactionCanceledException's CancellationReasons
    reasons_member: str  # the answer's member that lists the throttling reasons
    source: str
    confidence: Confidence


_API = "API reference: the exception's text"
_DIAGNOSING = "developer guide: throttling-diagnosing-workflow"
_INDEXES = "developer guide: gsi-throttling"

_TABLE = ThrottleError(
    PROVISIONED,
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API.",
    "ProvisionedThroughputExceeded", "ThrottlingReasons", _API, "documented",
)  # fmt: skip
_INDEX = _TABLE._replace(
    message="The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the "
    "UpdateTable API.",
    source=_INDEXES,
)
_SCALING = ThrottleError(
    THROTTLING,
    "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or "
    "index so please try again shortly. If exceptions persist, check if you have a hot key.",
    "ThrottlingError", "throttlingReasons", _API, "assumed",
)  # fmt: skip
_MAXIMUM = _SCALING._replace(
    message="Throughput exceeds the maximum OnDemandThroughput configured on table or index",
    source=_DIAGNOSING,
    confidence="documented",
)
_ACCOUNT = ThrottleError(
    REQUEST_LIMIT,
    "Throughput exceeds the current throughput limit for your account. Please contact AWS Support to request a quota "
    "increase.",
    "ThrottlingError", "ThrottlingReasons", _API, "documented",
)  # fmt: skip
_INDEX_ACCOUNT = _ACCOUNT._replace(
    code=THROTTLING, reasons_member="throttlingReasons", source=_INDEXES, confidence="documented"
)
_INDEX_KEY_RANGE = _SCALING._replace(source=_INDEXES, confidence="documented")

ERRORS: dict[tuple[Billing, Kind, Cause], ThrottleError] = {
    ("PROVISIONED", "Table", Cause.PROVISIONED): _TABLE,
    ("PROVISIONED", "Table", Cause.KEY_RANGE): _TABLE._replace(source=_DIAGNOSING),
    ("PROVISIONED", "Table", Cause.ACCOUNT): _ACCOUNT,
    ("PROVISIONED", "Index", Cause.PROVISIONED): _INDEX,
    ("PROVISIONED", "Index", Cause.KEY_RANGE): _INDEX_KEY_RANGE,  # the page does not tell billing modes apart
    ("PROVISIONED", "Index", Cause.ACCOUNT): _INDEX_ACCOUNT,
    ("PAY_PER_REQUEST", "Table", Cause.KEY_RANGE): _SCALING,
    ("PAY_PER_REQUEST", "Table", Cause.SCALING): _SCALING,
    ("PAY_PER_REQUEST", "Table", Cause.MAXIMUM): _MAXIMUM,
    ("PAY_PER_REQUEST", "Table", Cause.ACCOUNT): _ACCOUNT,
    ("PAY_PER_REQUEST", "Index", Cause.KEY_RANGE): _INDEX_KEY_RANGE,
    ("PAY_PER_REQUEST", "Index", Cause.SCALING): _SCALING,
    ("PAY_PER_REQUEST", "Index", Cause.MAXIMUM): _MAXIMUM,
    ("PAY_PER_REQUEST", "Index", Cause.ACCOUNT): _INDEX_ACCOUNT,
}


def error_of(billing: Billing, refusal: Refusal) -> ThrottleError:
    """Return what a refused request is answered with."""
    return ERRORS[billing, "Index" if refusal.resource else "Table", refusal.cause]
