"""One connection to an upstream: a request goes out, its answer comes back whole or as it is made."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import cast

import httptools

from harness.edge.asgi import Headers
from harness.errors import RehearsalError

STREAMED_FROM_BYTES = 1024 * 1024  # answers that may stream and declare less are read whole
_HELD_BYTES_MAX = 256 * 1024  # of a streamed answer that its client does not take; then the upstream waits


class UpstreamLost(RehearsalError):
    """An upstream can't be reached, went away, was too slow, or spoke no HTTP.

    `reached` says whether any of the request may have got there: then nobody knows whether it took effect.
    """

    def __init__(self, headline: str, *, reached: bool, slow: bool = False) -> None:
        super().__init__(headline)
        self.reached, self.slow = reached, slow


@dataclass(slots=True)
class Response:
    """An answer; header names are in lower case. `rest` gives what follows `body` of one that streams."""

    status: int
    headers: Headers
    body: bytes
    rest: "Rest | None" = None


class Rest(AsyncIterator[bytes]):
    """The parts of a body as they come. Dropped or closed before its end, it closes the connection."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._is_over = False
        self._when_over: list[Callable[[], None]] = []

    def then(self, callback: Callable[[], None]) -> None:
        """Call `callback` at the end."""
        self._when_over.append(callback)

    async def __anext__(self) -> bytes:
        try:
            part = await self._connection.next_part()
        except BaseException:
            self._end()
            raise
        if part is None:
            self._end()
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        """Want no more."""
        self._end()

    def _end(self) -> None:
        if self._is_over:
            return  # the connection may carry another exchange by now
        self._is_over = True
        if not self._connection.complete:
            self._connection.close()
        while self._when_over:
            self._when_over.pop()()

    def __del__(self) -> None:
        self._end()


class Connection(asyncio.Protocol):
    """A connection that carries one exchange at a time; `usable` tells whether it can carry another."""

    def __init__(self, loop: asyncio.AbstractEventLoop, peer: str) -> None:
        self.usable = False
        self.idle_since_s = 0.0
        self.loop = loop
        self._peer = peer
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._answered: asyncio.Future[None] | None = None
        self._more: asyncio.Future[None] | None = None  # who reads a stream waits here
        self._writable: asyncio.Future[None] | None = None
        self._problem: UpstreamLost | None = None
        self._paused = False
        self._status = 0
        self._headers: Headers = []
        self._parts: list[bytes] = []
        self._held = 0
        self._in_body = self._sized = self._streams = self._cut = False
        self._may_stream = self._without_body = False
        self.complete = True

    async def exchange(
        self,
        head: bytes,
        body: bytes | AsyncIterable[bytes],
        *,
        within_s: float,
        may_stream: bool = False,
        without_body: bool = False,
    ) -> Response:
        """Send a request and return its answer; raises UpstreamLost.

        `within_s` bounds the time to the whole answer, or to its head when it streams. `without_body` is for HEAD.
        """
        self._begin(may_stream=may_stream, without_body=without_body)
        answered = self._answered = self.loop.create_future()
        late = self.loop.call_later(within_s, self._be_late, within_s)
        self.usable = False
        try:
            if isinstance(body, bytes):
                self._write(head + body if len(body) < 65536 else head)
                if len(body) >= 65536:
                    self._write(body)
            else:
                self._write(head)
                await self._send(body, answered)
            await answered
        except BaseException:
            self.close()
            raise
        finally:
            late.cancel()
            self._answered = None
        self.usable = self.usable and not self._cut
        rest = None if self.complete else Rest(self)
        body_now = b"" if rest is not None else self._taken()
        if without_body:
            self._parser = httptools.HttpResponseParser(self)  # the old one still expects the declared body
        return Response(self._status, self._headers, body_now, rest)

    async def next_part(self) -> bytes | None:
        """Return what came of a streamed body since, None at its end; raises UpstreamLost."""
        while not self._parts:
            if self._problem is not None:
                raise self._problem
            if self.complete:
                return None
            self._more = self.loop.create_future()
            await self._more
        part = self._taken()
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
        self._paused = False
        return part

    def give_up(self, words: str) -> None:
        """Fail what is under way: nobody waits for it."""
        if not self.complete:
            self._fail(words)

    def close(self) -> None:
        """Close at once."""
        self.usable = False
        if self._transport is not None:
            self._transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be open."""
        self._transport = cast(asyncio.Transport, transport)
        self.usable = True

    def data_received(self, data: bytes) -> None:
        """Read on."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as problem:
            self._fail(f"{self._peer} sent what is no HTTP answer: {problem}")

    def connection_lost(self, exc: Exception | None) -> None:
        """End what is under way; an answer without a declared length ends here as it should."""
        self.usable = False
        if self._in_body and not self._sized:
            self._end()
        elif not self.complete:
            told = f": {exc}" if exc else ""
            self._fail(f"{self._peer} closed the connection before its answer was whole{told}")
        self._release_writer()

    def pause_writing(self) -> None:
        """Hold the request's body back."""
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        """Send on."""
        self._release_writer()

    # What the parser calls.

    def on_message_begin(self) -> None:
        """Refuse an answer that nobody asked for."""
        if self.complete:
            self._fail(f"{self._peer} sent an answer that nobody asked for")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Know the status, and whether the body is to be handed on as it comes."""
        status = self._parser.get_status_code()
        if status < 200:
            return
        self._status, self._in_body = status, True
        self._sized = status in {204, 304}  # they have no body, and say nothing about it
        declared = -1
        for name, value in self._headers:
            if name == b"content-length":
                self._sized, declared = True, int(value) if value.isdigit() else -1
            elif name == b"transfer-encoding":
                self._sized = True
        if self._without_body:
            self.usable = self._parser.should_keep_alive()
            self._end()
        elif self._may_stream and (declared < 0 or declared > STREAMED_FROM_BYTES):
            self._answer()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; ask the upstream to wait when nobody takes them."""
        if self._without_body:
            return
        self._parts.append(body)
        if self._streams:
            self._held += len(body)
            if self._held > _HELD_BYTES_MAX and not self._paused and self._transport is not None:
                self._paused = True
                self._transport.pause_reading()
            self._wake()

    def on_message_complete(self) -> None:
        """Be through, or (100 Continue) not yet."""
        if self._in_body:
            self.usable = self._sized and self._parser.should_keep_alive()
            self._end()
        elif not self.complete:
            self._headers = []

    # Inside.

    def _begin(self, *, may_stream: bool, without_body: bool) -> None:
        self._status, self._headers, self._parts, self._held = 0, [], [], 0
        self._in_body = self._sized = self.complete = self._streams = self._cut = False
        self._may_stream, self._without_body = may_stream, without_body

    def _write(self, data: bytes) -> None:
        if self._transport is None or self._transport.is_closing():
            raise UpstreamLost(f"{self._peer} closed the connection", reached=False)
        self._transport.write(data)

    async def _send(self, body: AsyncIterable[bytes], answered: "asyncio.Future[None]") -> None:
        """Send a body in parts; an answer that comes before the end ends the sending, and later the connection."""
        async for part in body:
            if answered.done():
                self._cut = True
                return
            self._write(part)
            if self._writable is not None:
                await asyncio.wait((self._writable, answered), return_when=asyncio.FIRST_COMPLETED)

    def _answer(self) -> None:
        self._streams = not self.complete
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)

    def _end(self) -> None:
        self.complete = True
        self._in_body = False
        if self._streams:
            self._wake()
        else:
            self._answer()

    def _taken(self) -> bytes:
        parts, self._parts, self._held = self._parts, [], 0
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _be_late(self, within_s: float) -> None:
        self._fail(f"{self._peer} did not answer within {within_s:g} s", slow=True)

    def _fail(self, words: str, *, slow: bool = False) -> None:
        self._problem = problem = UpstreamLost(words, reached=True, slow=slow)
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(problem)
        self._wake()
        self.close()

    def _wake(self) -> None:
        if self._more is not None and not self._more.done():
            self._more.set_result(None)

    def _release_writer(self) -> None:
        writable, self._writable = self._writable, None
        if writable is not None and not writable.done():
            writable.set_result(None)
