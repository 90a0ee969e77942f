"""Asking an engine for more than the client did, and giving the client no more than it asked for."""

import zlib
from typing import Any

import orjson

from harness.edge.call import Answer, Call, Proceed


async def proceed_with(call: Call, proceed: Proceed, values: str) -> Answer:
    """Let a call pass with other `ReturnValues`; afterwards it is as its client made it."""
    body, headers = call.body, call.headers
    call.replace_body(orjson.dumps({**call.document, "ReturnValues": values}))
    try:
        return await proceed(call)
    finally:
        call.body, call.headers = body, headers


def attributes_in(answer: Answer) -> dict[str, Any] | None:
    """Return the item that an answer holds, None for none."""
    document = answer.document
    return (document.get("Attributes") or None) if isinstance(document, dict) else None


def strip_attributes(answer: Answer) -> None:
    """Take the item out of an answer, whose checksum is then that of what is left."""
    document = answer.document
    if not isinstance(document, dict) or document.pop("Attributes", None) is None:
        return
    had_checksum = bool(answer.header(b"x-amz-crc32"))
    answer.replace_body(orjson.dumps(document))
    if had_checksum:
        answer.headers.append((b"x-amz-crc32", b"%d" % zlib.crc32(answer.body)))
