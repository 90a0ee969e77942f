"""An answer leaves in one piece, whatever came before it on its connection."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from harness.edge.asgi import Receive, Scope, Send
from harness.edge.call import Answer
from harness.edge.serving import config_for, listener
from harness.edge.wire import HEAD_BYTES_MAX, Wire, WireProtocol, deliver


class Transport:
    """Notes what is written to it."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def test_parts_leave_together_when_they_were_held() -> None:
    transport = Transport()
    wire = Wire(transport)  # type: ignore[arg-type]

    wire.write(b"a")
    wire.hold()
    wire.write(b"b")
    wire.write(b"c")
    wire.release()
    wire.write(b"d")

    assert transport.written == [b"a", b"bc", b"d"]


def test_nothing_is_kept_back_when_the_connection_closes() -> None:
    transport = Transport()
    wire = Wire(transport)  # type: ignore[arg-type]

    wire.hold()
    wire.write(b"a")
    wire.close()

    assert (transport.written, transport.closed) == ([b"a"], True)


def test_answers_come_whole_and_in_order_when_requests_are_sent_ahead() -> None:
    sizes = [3, 200_000, 0, 70_000, 5]

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        size = int(scope["path"][1:])
        await asyncio.sleep(0.01 if size else 0)
        await deliver(Answer(200, [(b"content-length", b"%d" % size)], b"x" * size), scope, send)

    async def story() -> None:
        bound = listener(0)
        server = uvicorn.Server(config_for(application, lifespan=False))
        serving = asyncio.create_task(server._serve([bound]))
        while not server.started:
            await asyncio.sleep(0.01)
        reader, writer = await asyncio.open_connection(*bound.getsockname())
        writer.write(b"".join(b"GET /%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % size for size in sizes))
        for size in sizes:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"content-length: %d\r\n" % size in head
            assert await reader.readexactly(size) == b"x" * size
        writer.close()
        server.should_exit = True
        await serving

    run(story())


def test_body_is_not_counted_as_head_when_it_comes_in_one_piece() -> None:
    transport = Sink()

    async def story() -> None:
        protocol = protocol_on(transport)
        body = b"x" * (2 * HEAD_BYTES_MAX)
        request = b"PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        for answered in range(1, 4):
            protocol.data_received(request)
            while transport.text.count(b"HTTP/1.1 200") < answered:
                assert not transport.is_closing(), transport.text
                await asyncio.sleep(0)

    run(story())


def test_heads_stay_bounded_when_bodies_came_before_them() -> None:
    transport = Sink()

    async def story() -> None:
        protocol = protocol_on(transport)
        protocol.data_received(b"PUT /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc")
        protocol.data_received(b"PUT /a HTTP/1.1\r\nX-A: ")
        for _ in range(HEAD_BYTES_MAX // 65_536 + 1):
            protocol.data_received(b"a" * 65_536)

    run(story())

    assert transport.is_closing()
    assert b"HTTP/1.1 431" in transport.text


class Sink(asyncio.Transport):
    """A client's end that only listens."""

    def __init__(self) -> None:
        super().__init__()
        self.text = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.text += bytes(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


def protocol_on(transport: Sink) -> WireProtocol:
    """Return a connection whose requests are read whole and answered with nothing."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body", False):
            pass
        await deliver(Answer(200, [(b"content-length", b"0")], b""), scope, send)

    config = config_for(application, lifespan=False)
    config.load()
    protocol = WireProtocol(config, ServerState(), {}, asyncio.get_running_loop())
    protocol.connection_made(transport)
    return protocol


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))
