"""What a DynamoDB error tells of the call that it befalls, when a rule does not say it: which reasons, of which items.

Source: the API reference (TransactWriteItems, "Cancellation reason codes") and the developer guide's "Diagnosing
throttling"; documented. That a throttle always carries a reason is assumed.
"""

from collections.abc import Sequence
from typing import Any

from harness.edge.aws.items import READS
from harness.edge.call import Call, Target
from harness.edge.faults.vocabulary import dynamodb_reasons

CANCELLED = "TransactionCanceledException"
# What each throttle most likely means; see docs/faults.md for how to say another.
_LIKELIEST = {
    "ProvisionedThroughputExceededException": "ProvisionedThroughputExceeded",
    "ThrottlingException": "KeyRangeThroughputExceeded",
    "RequestLimitExceeded": "AccountLimitExceeded",
}


def members(code: str, reasons: Sequence[Any], call: Call, target: Target) -> dict[str, Any]:
    """Return the members of an error: `reasons` as they were given, or the likeliest; {} for errors without any."""
    if code == CANCELLED:
        return dynamodb_reasons(code, _by_item(reasons or ("TransactionConflict",), call, target))
    if code in _LIKELIEST:
        way = "Read" if call.operation in READS else "Write"
        table = f"arn:aws:dynamodb:{call.namespace.region}:{call.namespace.account}:table/{target.resource or '*'}"
        return dynamodb_reasons(code, list(reasons or (f"Table{way}{_LIKELIEST[code]}",)), table)
    return {}


def _by_item(reasons: Sequence[Any], call: Call, target: Target) -> list[Any]:
    """Return one reason an item of the transaction, in its order; a single reason is that of the item that matched."""
    count = _items_count(call)
    if len(reasons) > 1 or count < 2:
        return list(reasons)
    matched = call.targets.index(target) if len(call.targets) == count and target in call.targets else 0
    return [reasons[0] if position == matched else "None" for position in range(count)]


def _items_count(call: Call) -> int:
    document = call.document if isinstance(call.document, dict) else {}
    items = document.get("TransactItems") or document.get("TransactStatements")
    return len(items) if isinstance(items, list) else 0
