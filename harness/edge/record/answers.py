"""What an answer tells the record: its error code in any protocol, its request id, the capacity that it consumed.

Sources (documented): the error sections of the AWS JSON 1.0/1.1, REST-JSON, REST-XML, Query and EC2 protocols in
Smithy's specification; DynamoDB's API reference for ConsumedCapacity.
"""

import re
from collections.abc import Mapping
from typing import Any

import orjson

from harness.edge.aws.items import WRITES
from harness.edge.call import Answer, Call

CODE_LENGTH_MAX = 120
_XML_CODE = re.compile(rb"<(?:\w+:)?Code>\s*([^<]{1,200}?)\s*</")
_PARTIQL = frozenset({"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"})


def request_id(answer: Answer) -> str:
    """Return the id that the service gave to the request, "" when it gave none."""
    for name, value in answer.headers:
        # S3 and the query protocol's services write it differently.
        if len(name) in (16, 17) and name.lower() in (b"x-amzn-requestid", b"x-amz-request-id"):
            return value.decode("latin-1")[:CODE_LENGTH_MAX]
    return ""


def error_code(answer: Answer) -> str:
    """Return the code that an SDK would name an error answer's exception after, "" when the answer has none."""
    # What stands in a header counts before the body: services with a query-compatible JSON protocol tell both.
    told = answer.header(b"x-amzn-query-error") or answer.header(b"x-amzn-errortype")
    text = told.decode("latin-1").partition(";")[0] if told else _code_in_body(answer.body)
    # `com.amazonaws.dynamodb.v20120810#Code` and `Code:http://internal.amazon.com/coral/…` mean the same.
    return text.rpartition("#")[2].partition(":")[0].strip()[:CODE_LENGTH_MAX]


def _code_in_body(body: bytes) -> str:
    if body[:1] == b"<":
        found = _XML_CODE.search(body)
        return found[1].decode("utf-8", "replace") if found else ""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ""
    if not isinstance(document, dict):
        return ""
    code = document.get("__type") or document.get("code") or document.get("Code") or ""
    return code if isinstance(code, str) else ""


def consumed(call: Call, answer: Answer) -> tuple[float | None, float | None]:
    """Return the read and the write units that a DynamoDB call consumed, None for what nobody told.

    A room that reckons itself puts `{"read_units", "write_units"}` into the call's marks; else the answer says it, when
    the client asked for it.
    """
    reckoned = call.marks.get("capacity")
    if isinstance(reckoned, Mapping):
        return reckoned.get("read_units"), reckoned.get("write_units")
    if call.service != "dynamodb" or b'"ConsumedCapacity"' not in answer.body:
        return None, None
    document = answer.document
    return units_in(call, document.get("ConsumedCapacity")) if isinstance(document, dict) else (None, None)


def units_in(call: Call, told: Any) -> tuple[float | None, float | None]:
    """Return the read and write units of an answer's ConsumedCapacity: one entry, or a list of one a table."""
    entries = [one for one in (told if isinstance(told, list) else [told]) if isinstance(one, dict)]
    totals = [one["CapacityUnits"] for one in entries if isinstance(one.get("CapacityUnits"), int | float)]
    if not totals:
        return None, None
    total = round(float(sum(totals)), 6)
    return (None, total) if _is_write(call) else (total, None)


def _is_write(call: Call) -> bool:
    if call.operation not in _PARTIQL:
        return call.operation in WRITES
    # All statements of a batch or transaction read, or all write.
    document = call.document if isinstance(call.document, dict) else {}
    statements = document.get("Statements") or document.get("TransactStatements") or [document]
    first = statements[0].get("Statement", "") if isinstance(statements, list) and statements else ""
    return not str(first).lstrip().upper().startswith("SELECT")
