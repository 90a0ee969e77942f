"""Makes DynamoDB tell what every call consumes, without the client noticing.

The request gets `ReturnConsumedCapacity: TOTAL` when its client wants none, and the answer loses `ConsumedCapacity`
again. Source: DynamoDB's API reference (documented). A call whose body is no JSON object passes untouched.
"""

import orjson

from harness.edge.call import Answer, Call
from harness.edge.record.answers import units_in

_TOLD_BY = frozenset(
    {
        *("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem"),
        *("TransactGetItems", "TransactWriteItems", "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"),
    }
)
_WISH = b'"ReturnConsumedCapacity":"TOTAL"}'


def ask_for_capacity(call: Call) -> bool:
    """Let a call ask for what it consumes; tell whether it does only because of this."""
    if call.operation not in _TOLD_BY or call.service != "dynamodb" or not call.body:
        return False
    document = call.document
    if not isinstance(document, dict) or document.get("ReturnConsumedCapacity", "NONE") != "NONE":
        return False
    if "ReturnConsumedCapacity" in document:
        call.replace_body(orjson.dumps({**document, "ReturnConsumedCapacity": "TOTAL"}))
        return True
    # The rest of the body stays as the client wrote it, byte by byte.
    body = call.body.rstrip()
    call.replace_body(body[:-1] + (b"," if document else b"") + _WISH)
    return True


def take_out_capacity(call: Call, answer: Answer) -> tuple[float | None, float | None]:
    """Remove what the client did not ask for from an answer; return the read and write units it told."""
    if b'"ConsumedCapacity"' not in answer.body:
        return None, None
    document = answer.document
    if not isinstance(document, dict) or "ConsumedCapacity" not in document:
        return None, None
    told = document.pop("ConsumedCapacity")
    answer.replace_body(orjson.dumps(document))
    return units_in(call, told)
