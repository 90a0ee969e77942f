"""Sending a call to an engine with another document than its client's."""

from collections.abc import Mapping
from typing import Any

import orjson

from harness.edge.call import Answer, Call
from harness.edge.upstream import Upstream


async def send(call: Call, upstream: Upstream, document: Mapping[str, Any]) -> Answer:
    """Send a call with `document`; afterwards it is as its client made it."""
    body, headers, asked = call.body, call.headers, call.document
    if document is asked:
        return await upstream(call)
    call.replace_body(orjson.dumps(document), document)
    try:
        return await upstream(call)
    finally:
        call.replace_body(body or b"", asked)
        call.headers = headers
