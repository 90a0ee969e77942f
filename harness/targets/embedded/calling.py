"""How the edge calls the engine: DynamoDB's requests straight to its handler, all else by its ASGI application.

The engine finds out which of 200 services a request is for, in a tenth of a millisecond; for DynamoDB, the service that
is called most, the edge knows it already. What the application does around the handler is done here: account and
region of the request, the answer's headers. Requests that are unusual in any way (compressed, presigned, not POST)
take the long way. A test holds both ways against each other.
"""

import time
from email.utils import formatdate
from functools import lru_cache
from random import getrandbits
from typing import Any
from urllib.parse import parse_qs

from harness.edge.asgi import Asgi, Headers
from harness.edge.call import Answer, Call
from harness.edge.upstream import AsgiUpstream
from harness.targets.embedded import mends
from harness.targets.embedded.mends.symbols import APP, DYNAMODB, Mend, Symbol

RELIES_ON = (
    Symbol(DYNAMODB, "handle_request", "1201f2ac993ce1a0"),
    Symbol(APP, "app", "ab1297bd6cd59811"),
    Symbol(APP, "_dispatch_service_request", "17e5ef6dcfa0d4e6"),
)
HANDLER = "rehearsal.handler"  # in the scope of a call from inside the engine: the handler that it is for
_TARGET = b"DynamoDB_20120810."
_LONG_WAY = frozenset({b"content-encoding", b"transfer-encoding", b"x-amz-decoded-content-length"})


class EngineUpstream:
    """The engine of this process."""

    def __init__(self, application: Asgi) -> None:
        mends.verify((Mend("calling", (), RELIES_ON, lambda: None),))
        from ministack.core import responses
        from ministack.services import dynamodb

        self._by_asgi = AsgiUpstream(application)
        self._dynamodb: Any = dynamodb
        self._account = responses._request_account_id
        self._region = responses._request_region

    async def __call__(self, call: Call) -> Answer:
        handler = call.scope.get(HANDLER)
        headers = _plain_dynamodb(call) if handler is None else _as_text(call)
        if headers is None:
            return await self._by_asgi(call)
        self._account.set(call.namespace.account)
        self._region.set(call.namespace.region)
        query = {} if handler is None else parse_qs(call.query_string.decode(), keep_blank_values=True)
        handle = handler or self._dynamodb.handle_request
        status, told, body = await handle(call.method, call.path, headers, call.body, query)
        content = body if isinstance(body, bytes) else body.encode()
        return Answer(status, _answer_headers(told, len(content)), content)


def _plain_dynamodb(call: Call) -> dict[str, str] | None:
    """Return the headers that the handler reads, None for a request that has to take the long way."""
    if call.service != "dynamodb" or not call.operation or call.method != "POST" or not call.body:
        return None
    target = b""
    for name, value in call.headers:
        if name == b"x-amz-target":
            target = value
        elif name in _LONG_WAY:
            return None
    return {"x-amz-target": target.decode("latin-1")} if target.startswith(_TARGET) else None


def _as_text(call: Call) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in call.headers}


def _answer_headers(told: dict[str, Any], length: int) -> Headers:
    headers = [(name.lower().encode("latin-1"), str(value).encode("latin-1")) for name, value in told.items()]
    headers += [
        (b"x-amzn-requestid", b"%032X" % getrandbits(128)),
        (b"date", _date(int(time.time()))),
        (b"content-length", b"%d" % length),
    ]
    return headers


@lru_cache(maxsize=1)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()
