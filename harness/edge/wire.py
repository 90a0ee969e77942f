"""The connection under an answer: answers that are lost need it, because ASGI can't break a connection.

`WireProtocol` is uvicorn's own HTTP protocol, which also hands the connection to the application, in the scope's
extensions. Under another server there is no connection to break: then an answer that is to be lost ends the request
without one, which the server turns into an error.
"""

import asyncio
import socket
import struct
import weakref
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from harness.edge.asgi import Scope, Send
from harness.edge.call import Answer

EXTENSION = "rehearsal.wire"
HEAD_BYTES_MAX = 1024 * 1024  # of a request's line and headers
_HEAD_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
# Linger for zero seconds: closing sends RST instead of FIN, and drops what is not sent yet.
_RESET = struct.pack("ii", 1, 0)


_HELD_BYTES_MAX = 64 * 1024


class Wire:
    """One client's connection. Held back, it sends head and body of an answer at once, which saves a system call."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._held: list[bytes] | None = None
        self._cycle: weakref.ref[RequestResponseCycle] | None = None

    def serve(self, cycle: RequestResponseCycle) -> None:
        """Be what a cycle of uvicorn's writes to."""
        self._cycle = weakref.ref(cycle)  # which holds the scope, which holds this
        cycle.transport = cast(asyncio.Transport, self)

    def hold(self) -> None:
        """Send nothing until `release`."""
        self._held = []

    def release(self) -> None:
        """Send what was held back, and from now on at once."""
        held, self._held = self._held, None
        if held:
            self._transport.write(b"".join(held))

    def write(self, data: bytes) -> None:
        """Send, or hold back."""
        if self._held is None:
            self._transport.write(data)
        else:
            self._held.append(data)

    def is_closing(self) -> bool:
        """Tell whether the connection ends."""
        return self._transport.is_closing()

    def reset(self) -> None:
        """Break the connection: the client sees "connection reset by peer". Nothing happens when it is gone already."""
        self._expect_no_answer()
        if self._transport.is_closing():
            return
        own = self._transport.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._transport.abort()

    def close(self) -> None:
        """Close the connection after what was written: the client sees the end of the stream."""
        self._expect_no_answer()
        self.release()
        self._transport.close()

    def _expect_no_answer(self) -> None:
        # Or uvicorn tells the log that the application forgot to answer.
        cycle = self._cycle() if self._cycle is not None else None
        if cycle is not None:
            cycle.disconnected = True


class WireProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with the connection in `scope["extensions"]`, and a bound for what precedes a body."""

    _head_bytes = 0  # of the request whose head is not whole yet
    _is_in_body = False
    _has_ended = False  # a request, within the piece that is being taken

    def on_message_begin(self) -> None:
        """Begin a request's scope."""
        super().on_message_begin()
        self.scope["extensions"] = {EXTENSION: {"wire": Wire(self.transport)}}

    def on_message_complete(self) -> None:
        """Wait for the next request."""
        self._is_in_body, self._has_ended = False, True
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Take what came; end the connection of a client whose headers never end."""
        self._has_ended = False
        super().data_received(data)
        # A piece in which a request ended is of its body, and of the next head at most its rest: it counts for neither.
        if not self._is_in_body and not self._has_ended:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
                self.transport.write(_HEAD_TOO_LARGE)
                self.transport.close()

    def on_headers_complete(self) -> None:
        """Begin the answer's cycle, which writes to the wire instead of past it."""
        self._is_in_body, self._head_bytes = True, 0
        super().on_headers_complete()
        cycle, wire = self.cycle, wire_of(cast(Scope, self.scope))
        if cycle is not None and cycle.scope is self.scope and wire is not None:
            wire.serve(cycle)


def wire_of(scope: Scope) -> Wire | None:
    """Return the connection that a request came by, None when the server does not tell."""
    extension = (scope.get("extensions") or {}).get(EXTENSION)
    return cast(Wire, extension["wire"]) if extension else None


async def deliver(answer: Answer, scope: Scope, send: Send) -> None:
    """Send an answer as its fate has it."""
    if answer.fate.kind == "delivered":
        wire = wire_of(scope) if answer.rest is None and len(answer.body) <= _HELD_BYTES_MAX else None
        if wire is not None:
            wire.hold()
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if answer.rest is None:
            await send({"type": "http.response.body", "body": answer.body})
            if wire is not None:
                wire.release()
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
