"""The connection under an answer: answers that are lost need it, because ASGI can't break a connection.

`WireProtocol` is uvicorn's own HTTP protocol, which also hands the connection to the application, in the scope's
extensions. Under another server there is no connection to break: then an answer that is to be lost ends the request
without one, which the server turns into an error.
"""

import asyncio
import socket
import struct
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from harness.edge.asgi import Scope, Send
from harness.edge.call import Answer

EXTENSION = "rehearsal.wire"
# Linger for zero seconds: closing sends RST instead of FIN, and drops what is not sent yet.
_RESET = struct.pack("ii", 1, 0)


class Wire:
    """One client's connection."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def reset(self) -> None:
        """Break the connection: the client sees "connection reset by peer"."""
        own = self._transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def close(self) -> None:
        """Close the connection after what was written: the client sees the end of the stream."""
        self._transport.close()


class WireProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the connection in `scope["extensions"]`."""

    def on_message_begin(self) -> None:
        """Begin a request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"wire": Wire(self.transport)}}


def wire_of(scope: Scope) -> Wire | None:
    """Return the connection that a request came by, None when the server does not tell."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    return cast(Wire, extension["wire"]) if extension else None


async def deliver(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer as its fate has it."""
    if answer.fate.kind == "delivered":
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body})
            return
        await send({"type": "http.response.body", "body": answer.body, "more_body": True})
        async for part in answer.rest:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    wire = wire_of(scope)
    if wire is None:
        raise ConnectionResetError("the answer was lost on purpose")
    if answer.fate.kind == "truncated":
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        await send({"type": "http.response.body", "body": answer.body[: answer.fate.bytes_sent], "more_body": True})
        wire.close()
    else:
        wire.reset()
