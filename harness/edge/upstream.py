"""Where a call goes after the edge: here an engine in this process; `http` has those behind HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson

from harness.edge.asgi import Asgi, Headers, Message, Receive
from harness.edge.call import Answer, Call, Namespace
from harness.errors import RehearsalError

Upstream = Callable[[Call], Awaitable[Answer]]

# Operations whose answers must reach the client while they are made, by SigV4's service name. Source: the operations
# with an event stream or a streaming output in botocore's models; APIs and function URLs answer as their code does.
STREAMING_SERVICES = frozenset({"", "execute-api", "s3", "lambda", "bedrock", "logs", "kinesis", "transcribe", "polly"})
_HELD_PARTS_MAX = 16
# What the edge itself asks services by (botocore's models): the prefix of X-Amz-Target, the JSON protocol's version.
_JSON_APIS = {"dynamodb": ("DynamoDB_20120810", "1.0"), "secretsmanager": ("secretsmanager", "1.1")}
_OWN_CLIENT = ("127.0.0.1", 0)  # no client of a server has that port


class UpstreamRefused(RehearsalError):
    """An upstream answered a call of the edge's own with an error."""

    def __init__(self, operation: str, status: int, code: str, message: str) -> None:
        super().__init__(f"{operation} was answered with {status} {code}: {message}")
        self.operation, self.status, self.code, self.reason = operation, status, code, message


class AsgiUpstream:
    """An engine in this process."""

    def __init__(self, application: Asgi) -> None:
        self._application = application

    async def __call__(self, call: Call) -> Answer:
        scope = call.scope if call.headers is call.scope["headers"] else {**call.scope, "headers": call.headers}
        if call.service in STREAMING_SERVICES:
            return await _begun(self._application, scope, call.receiver())
        collected = _Collected()
        await self._application(scope, call.receiver(), collected.send)
        return collected.answer()


class _Collected:
    """Takes an answer whole."""

    def __init__(self) -> None:
        self._status = 0
        self._headers: Headers = []
        self._parts: list[bytes] = []

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status, self._headers = message["status"], list(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))

    def answer(self) -> Answer:
        if not self._status:
            raise ConnectionError("the engine ended without an answer")
        return Answer(self._status, self._headers, self._parts[0] if len(self._parts) == 1 else b"".join(self._parts))


async def _begun(application: Asgi, scope: Any, receive: Receive) -> Answer:
    """Run an engine in a task of its own and return its answer once it has begun; the rest follows as it comes."""
    messages: asyncio.Queue[Message | None] = asyncio.Queue(_HELD_PARTS_MAX)

    async def run() -> None:
        try:
            await application(scope, receive, messages.put)
        finally:
            await messages.put(None)

    running = asyncio.create_task(run())
    try:
        start = await messages.get()
        first = await messages.get() if start is not None else None
    except BaseException:
        running.cancel()
        raise
    if start is None or first is None:
        await running  # raises what went wrong there
        if start is None:
            raise ConnectionError("the engine ended without an answer")
    rest = _rest(messages, running) if first is not None and first.get("more_body") else None
    if rest is None:
        await running
    body = first.get("body", b"") if first is not None else b""
    return Answer(start["status"], list(start.get("headers", ())), body, rest)


async def _rest(messages: "asyncio.Queue[Message | None]", running: "asyncio.Task[None]") -> AsyncIterator[bytes]:
    try:
        while (message := await messages.get()) is not None:
            yield message.get("body", b"")
        await running
    finally:
        running.cancel()


async def ask(upstream: Upstream, namespace: Namespace, operation: str, document: object) -> dict[str, Any]:
    """Make a DynamoDB call of the edge's own, past every room; raises UpstreamRefused for an error answer."""
    answer = await upstream(own_call(namespace, operation, document))
    told: dict[str, Any] = answer.document or {}
    if answer.status != 200:
        code = str(told.get("__type", "")).rpartition("#")[2]
        raise UpstreamRefused(operation, answer.status, code, str(told.get("message") or told.get("Message") or ""))
    return told


def own_call(namespace: Namespace, operation: str, document: object, service: str = "dynamodb") -> Call:
    """Return a call as a client of `namespace` would make it, to one of the services of `_JSON_APIS`."""
    body = orjson.dumps(document)
    target, version = _JSON_APIS[service]
    signed = f"AWS4-HMAC-SHA256 Credential={namespace.access_key}/20260101/{namespace.region}/{service}/aws4_request"
    headers = [
        (b"host", b"localhost"),
        (b"authorization", f"{signed}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}".encode()),
        (b"x-amz-date", b"20260101T000000Z"),
        (b"x-amz-target", f"{target}.{operation}".encode()),
        (b"content-type", f"application/x-amz-json-{version}".encode()),
        (b"content-length", b"%d" % len(body)),
    ]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/",
        "raw_path": b"/",
        "query_string": b"",
        "headers": headers,
        "client": _OWN_CLIENT,
        "scheme": "http",
        "http_version": "1.1",
    }
    call = Call(scope, _nobody, body)
    call.service, call.operation, call.namespace = service, operation, namespace
    return call


def is_own(call: Call) -> bool:
    """Tell whether a call is the edge's own, which no client can leave."""
    return bool(call.scope.get("client") == _OWN_CLIENT)


async def _nobody() -> Message:
    return {"type": "http.disconnect"}


class ClientGone(Exception):
    """The client left before its request was whole; nothing of it may go upstream."""


async def read_body(receive: Receive, held_bytes_max: int | None = None) -> bytes | list[bytes]:
    """Return the whole body of a request, or its beginning in chunks once it is larger than `held_bytes_max`.

    Raises ClientGone when the client leaves before.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)
        size += len(chunks[-1])
        if held_bytes_max is not None and size > held_bytes_max:
            return chunks
