"""Makes DynamoDB tell what a call consumes, by table and index, and gives its client no more than it asked for.

The request asks for `INDEXES`; the answer loses `ConsumedCapacity`, or what only INDEXES tells of it. Source:
DynamoDB's API reference, ReturnConsumedCapacity (documented). Requests that ask for nonsense are left as they are.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from harness.edge.call import Answer, Call

WISHES = frozenset({"NONE", "TOTAL", "INDEXES"})
_MEMBER = b'"ConsumedCapacity"'
_WISH = b'"ReturnConsumedCapacity":"INDEXES"}'
_ONLY_IN_INDEXES = ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes", "VectorIndexes")
Told = list[Mapping[str, Any]]


def ask_for_all(call: Call) -> str:
    """Let a call ask for what it consumes by index; return what its client had wished, "" for nonsense."""
    document, body = call.document, call.body
    wish = document.get("ReturnConsumedCapacity", "NONE")
    if wish not in WISHES or not body:
        return ""
    if wish == "INDEXES":
        return "INDEXES"
    asked = {**document, "ReturnConsumedCapacity": "INDEXES"}
    if "ReturnConsumedCapacity" in document:
        call.replace_body(orjson.dumps(asked), asked)
    else:
        # The rest of the body stays as the client wrote it, byte by byte.
        call.replace_body(body.rstrip()[:-1] + (b"," if document else b"") + _WISH, asked)
    return str(wish)


def taken_from(answer: Answer, wish: str) -> Told:
    """Return what an answer told, one entry a table, and leave in it what its client had wished."""
    found = answer.body.rfind(_MEMBER)
    if found < 0:
        return []
    told = _last_member(answer.body, found)
    if told is None:
        return _parsed(answer, wish)
    entries = _entries(told)
    if wish == "INDEXES":
        return entries
    kept = answer.body[:found].rstrip().removesuffix(b",")
    if wish == "TOTAL":
        kept += (b"" if kept.endswith(b"{") else b",") + _MEMBER + b":" + orjson.dumps(_totals(told))
    answer.replace_body(kept + b"}")
    return entries


def _last_member(body: bytes, found: int) -> Any:
    """Return the member's value if it is the last of the whole document, as engines here write it; else None."""
    try:
        tail = orjson.loads(b"{" + body[found:])
    except orjson.JSONDecodeError:
        return None
    return tail["ConsumedCapacity"] if len(tail) == 1 else None


def _parsed(answer: Answer, wish: str) -> Told:
    document = answer.document
    if not isinstance(document, dict) or "ConsumedCapacity" not in document:
        return []
    told = document["ConsumedCapacity"]
    if wish != "INDEXES":
        if wish == "TOTAL":
            document["ConsumedCapacity"] = _totals(told)
        else:
            del document["ConsumedCapacity"]
        answer.replace_body(orjson.dumps(document))
    return _entries(told)


def _entries(told: Any) -> Told:
    if isinstance(told, dict):
        return [told]
    return [one for one in told if isinstance(one, dict)] if isinstance(told, list) else []


def _totals(told: Any) -> Any:
    if isinstance(told, list):
        return [_totals(one) for one in told]
    if not isinstance(told, dict):
        return told
    return {name: value for name, value in told.items() if name not in _ONLY_IN_INDEXES}
