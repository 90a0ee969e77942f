"""Where a request goes after the edge: an ASGI application in this process, or another process over HTTP."""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import httpx

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

_HOP_BY_HOP = {b"connection", b"keep-alive", b"transfer-encoding", b"te", b"upgrade", b"content-length"}
FORWARD_TIMEOUT_S = 60.0


class HttpUpstream:
    """An ASGI application that forwards each request to `base_url` and returns its answer.

    Raises httpx errors to the caller; the edge turns them into a 502 that names the upstream.
    """

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._client = httpx.AsyncClient(base_url=base_url, timeout=FORWARD_TIMEOUT_S, trust_env=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = scope.get("query_string", b"").decode("ascii")
        raw_path = scope.get("raw_path") or scope["path"].encode()
        target = raw_path.decode("ascii") + (f"?{query}" if query else "")
        answer = await self._client.request(
            scope["method"], target, headers=_forwardable(scope["headers"]), content=await read_body(receive)
        )
        headers = _forwardable((name.lower(), value) for name, value in answer.headers.raw)
        headers = [pair for pair in headers if pair[0] != b"content-encoding"]
        headers.append((b"content-length", str(len(answer.content)).encode()))
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": answer.content})

    async def close(self) -> None:
        """Close the connections to the upstream."""
        await self._client.aclose()


async def read_body(receive: Receive) -> bytes:
    """Return the whole body of a request."""
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return b"".join(chunks)


def _forwardable(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name not in _HOP_BY_HOP]
