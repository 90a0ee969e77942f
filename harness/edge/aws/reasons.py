"""The reasons inside DynamoDB's errors: why a transaction was cancelled, why a request was throttled.

Source: the DynamoDB API reference of TransactWriteItems, which lists codes and texts of cancellations, and the
developer guide, "Diagnosing throttling" (documented). What other errors say is assumed: code must not depend on it.
"""

from collections.abc import Mapping, Sequence

from harness.edge.aws.models import model_of
from harness.errors import SettingInvalid

_THROTTLED = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
CANCELLED = "TransactionCanceledException"

# What a cancellation says of one item; "None" is for the items that were not to blame.
CANCELLATIONS: dict[str, str] = {
    "None": "",
    "ConditionalCheckFailed": "The conditional request failed",
    "ItemCollectionSizeLimitExceeded": "Collection size exceeded.",
    "TransactionConflict": "Transaction is ongoing for the item",
    "ProvisionedThroughputExceeded": (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API"
    ),
    "ThrottlingError": (
        "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table "
        "or index so please try again shortly. If exceptions persist, check if you have a hot key: "
        "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"
    ),
    "ValidationError": "One or more parameter values were invalid.",
}

THROTTLINGS: tuple[str, ...] = tuple(
    f"{what}{way}{why}"
    for what in ("Table", "Index")
    for way in ("Read", "Write")
    for why in (
        "ProvisionedThroughputExceeded",
        "AccountLimitExceeded",
        "KeyRangeThroughputExceeded",
        "MaxOnDemandThroughputExceeded",
    )
)

_MESSAGES = {
    "ProvisionedThroughputExceededException": (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    ),
    "ThrottlingException": "Rate exceeded",
    "RequestLimitExceeded": "Throughput exceeds the current throughput limit for your account.",
    "ConditionalCheckFailedException": "The conditional request failed",
    "TransactionConflictException": "Transaction is ongoing for the item",
    "ResourceNotFoundException": "Requested resource not found",
    "SlowDown": "Please reduce your request rate.",
    "AccessDeniedException": "You are not authorized to perform this operation.",
    "AccessDenied": "Access Denied",
    "InternalServerError": "Internal server error",
    "InternalFailure": "The request processing has failed because of an unknown error, exception or failure.",
    "InternalError": "We encountered an internal error. Please try again.",
    "ServiceUnavailable": "Service is unavailable. Please try again.",
    "NoSuchKey": "The specified key does not exist.",
    "NoSuchBucket": "The specified bucket does not exist",
}


def fields_of(code: str, reasons: Sequence[object], resource: str = "") -> dict[str, object]:
    """Return the members of DynamoDB's error `code` that hold `reasons`, each a name or an object of the model's.

    `resource` is the ARN that throttling reasons name when they name none. Raises SettingInvalid for other errors and
    for reasons that AWS doesn't have.
    """
    if code == CANCELLED:
        return {"CancellationReasons": [_cancellation(reason) for reason in reasons]}
    model = model_of("dynamodb", "PutItem")
    members = model.errors[code].members if model is not None and code in model.errors else {}
    holder = next((name for name in members if name.lower() == "throttlingreasons"), None)
    if holder is None:
        raise SettingInvalid(
            f"error {code} has no reasons, expected {CANCELLED} or an error of throttling",
            evidence={
                "throttling": "ProvisionedThroughputExceededException, ThrottlingException, RequestLimitExceeded"
            },
        )
    return {holder: [_throttling(reason, resource) for reason in reasons]}


def message_of(code: str, fields: Mapping[str, object]) -> str:
    """Return what AWS says with an error, as far as it is known; the code for all others."""
    if code == CANCELLED:
        reasons = fields.get("CancellationReasons")
        codes = [reason.get("Code", "None") for reason in reasons] if isinstance(reasons, list) else []
        listed = f" [{', '.join(codes)}]" if codes else ""
        return f"Transaction cancelled, please refer cancellation reasons for specific reasons{listed}"
    return _MESSAGES.get(code, code)


def _cancellation(reason: object) -> dict[str, object]:
    if isinstance(reason, Mapping):
        return dict(reason)
    code = "None" if reason is None else str(reason)
    if code not in CANCELLATIONS:
        raise SettingInvalid(
            f"reason {code!r} is no reason to cancel a transaction", evidence={"known": ", ".join(CANCELLATIONS)}
        )
    return {"Code": code, "Message": CANCELLATIONS[code]} if CANCELLATIONS[code] else {"Code": code}


def _throttling(reason: object, resource: str) -> dict[str, object]:
    if isinstance(reason, Mapping):
        return dict(reason)
    if reason not in THROTTLINGS:
        raise SettingInvalid(
            f"reason {reason!r} is no reason to throttle a request", evidence={"known": ", ".join(THROTTLINGS)}
        )
    return {"reason": reason, "resource": resource} if resource else {"reason": reason}
