"""Calls reach a server over HTTP and its answers come back as they are; a server that fails is named."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from harness.edge.call import Answer, Call
from harness.edge.http import HttpUpstream, upstream
from harness.errors import SettingInvalid
from harness.targets.ports import free_ports

Handle = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Server:
    """A server of raw bytes: `handle` gets the head of each request."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self.heads: list[bytes] = []
        self.connections = 0
        self.port = 0
        self.closed = asyncio.Event()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.heads.append(head)
                await self._handle(head, reader, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.closed.set()
            writer.close()


@asynccontextmanager
async def served(handle: Handle) -> AsyncIterator[tuple[Server, HttpUpstream]]:
    server = Server(handle)
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.port = listening.sockets[0].getsockname()[1]
    client = HttpUpstream(f"http://127.0.0.1:{server.port}")
    try:
        yield server, client
    finally:
        await client.close()
        listening.close()
        await listening.wait_closed()


def answering(*raw: bytes) -> Handle:
    async def handle(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(head, reader)
        for part in raw:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)

    return handle


async def body_of(head: bytes, reader: asyncio.StreamReader) -> bytes:
    declared = re.search(rb"content-length: (\d+)", head)
    return await reader.readexactly(int(declared[1])) if declared else b""


class Client:
    """The client in front: what it still sends, and when it leaves."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)
        self.gone = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if self._parts:
            part = self._parts.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(self._parts)}
        await self.gone.wait()
        return {"type": "http.disconnect"}


def call_of(
    client: Client, body: bytes | None = b"{}", *, method: str = "POST", service: str = "dynamodb", **headers: str
) -> Call:
    scope = {
        "type": "http",
        "method": method,
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"x=%2F",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    call = Call(scope, client.receive, body)
    call.service = service
    return call


def run(story: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(story, 10))


OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/x\r\nSet-Cookie: a=1\r\nContent-Encoding: gzip\r\n"
    b"Content-Length: 3\r\n\r\nabc"
)


def test_request_and_answer_pass_as_they_are_when_all_is_well() -> None:
    async def story() -> None:
        async with served(answering(OK)) as (server, client):
            call = call_of(
                Client(), host="bucket.localhost:4566", connection="close", expect="100-continue", accept_encoding="br"
            )
            for _ in range(3):
                answer = await client(call)

            assert server.connections == 1
            assert (
                server.heads[0]
                == b"POST /a%20b?x=%2F HTTP/1.1\r\nhost: bucket.localhost:4566\r\ncontent-length: 2\r\n\r\n"
            )
            assert (answer.status, answer.body) == (200, b"abc")
            assert answer.headers == [
                (b"content-type", b"text/x"),
                (b"set-cookie", b"a=1"),
                (b"content-encoding", b"gzip"),
                (b"content-length", b"3"),
            ]

    run(story())


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"2\r\nde\r\n0\r\n\r\n"], b"abcde"),
        ([b"HTTP/1.1 100 Continue\r\n\r\n", OK], b"abc"),
        ([OK[:20], OK[20:60], OK[60:]], b"abc"),
        ([b"HTTP/1.1 204 No Content\r\n\r\n"], b""),
    ],
)
def test_answer_is_whole_when_it_comes_in_another_form(raw: list[bytes], body: bytes) -> None:
    async def story() -> None:
        async with served(answering(*raw)) as (server, client):
            assert (await client(call_of(Client()))).body == body
            assert (await client(call_of(Client()))).body == body
            assert server.connections == 1

    run(story())


def test_connection_is_left_when_the_server_ends_each() -> None:
    async def once(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(head, reader)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nuntil the end")
        writer.close()

    async def story() -> None:
        async with served(once) as (server, client):
            assert (await client(call_of(Client()))).body == b"until the end"
            assert (await client(call_of(Client()))).body == b"until the end"
            assert server.connections == 2

    run(story())


def test_head_keeps_its_length_and_its_connection() -> None:
    async def story() -> None:
        async with served(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")) as (server, client):
            for _ in range(2):
                answer = await client(call_of(Client(), b"", method="HEAD", service="s3"))
                assert (answer.header(b"content-length"), answer.body) == (b"5000", b"")
            assert server.connections == 1
            assert b"content-length" not in server.heads[0]

    run(story())


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "closed the connection before its answer was whole"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "closed the connection before its answer was whole"),
        (b"SSH-2.0-OpenSSH\r\n", "sent what is no HTTP answer"),
    ],
)
def test_server_is_named_and_the_effect_unknown_when_it_breaks_off(raw: bytes, words: str) -> None:
    async def broken(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(head, reader)
        writer.write(raw)
        writer.close()

    async def story() -> None:
        async with served(broken) as (server, client):
            call = call_of(Client())
            answer = await client(call)

            told = answer.document
            assert (answer.status, call.marks["upstream"]) == (502, "unknown")
            assert words in told["message"]
            assert f"http://127.0.0.1:{server.port}" in told["message"]
            assert len(server.heads) == 1  # never sent twice

    run(story())


def test_server_is_named_and_nothing_happened_when_it_is_not_there() -> None:
    async def story() -> None:
        port = free_ports().aws
        call = call_of(Client())
        answer = await HttpUpstream(f"http://127.0.0.1:{port}")(call)
        assert (answer.status, call.marks["upstream"]) == (502, "unreached")
        assert f"http://127.0.0.1:{port} can't be reached" in answer.document["message"]

    run(story())


def test_slow_server_is_named_when_it_is_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "DYNAMODB_TIMEOUT_S", 0.05)

    async def story() -> None:
        async with served(answering(b"HTTP/1.1 200 OK\r\n")) as (server, client):
            call = call_of(Client())
            answer = await client(call)
            assert (answer.status, call.marks["upstream"]) == (504, "unknown")
            assert "did not answer within 0.05 s" in answer.document["message"]
            await server.closed.wait()

    run(story())


@pytest.mark.parametrize("service", ["lambda", "dynamodb"])
def test_call_ends_upstream_when_its_client_leaves(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upstream, "WATCH_FROM_S", 0.01)
    monkeypatch.setattr(upstream, "DYNAMODB_GRACE_S", 0.02)

    async def story() -> None:
        async with served(answering()) as (server, client):
            leaving = Client()
            call = call_of(leaving, service=service)
            asking = asyncio.create_task(client(call))
            while not server.heads:
                await asyncio.sleep(0)
            leaving.gone.set()
            answer = await asking
            assert (answer.status, call.marks["upstream"]) == (502, "unknown")
            assert "the client left" in answer.document["message"]
            await server.closed.wait()

    run(story())


def test_next_call_gets_its_own_answer_when_one_was_cancelled() -> None:
    first = asyncio.Event()

    async def handle(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        body = await body_of(head, reader)
        if body == b"slow":
            await first.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))

    async def story() -> None:
        async with served(handle) as (server, client):
            slow = asyncio.create_task(client(call_of(Client(), b"slow")))
            while not server.heads:
                await asyncio.sleep(0)
            slow.cancel()
            await asyncio.gather(slow, return_exceptions=True)
            first.set()
            assert (await client(call_of(Client(), b"fast"))).body == b"fast"

    run(story())


def test_large_body_is_sent_as_it_comes_when_it_is_not_held() -> None:
    got: list[int] = []

    async def handle(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(len(await body_of(head, reader)))
        writer.write(OK)

    async def story() -> None:
        parts = [b"x" * 1_000_000 for _ in range(8)]
        async with served(handle) as (server, client):
            for _ in range(2):
                call = call_of(Client(*parts), None, method="PUT", service="s3", content_length="8000000")
                assert (await client(call)).status == 200
            assert got == [8_000_000, 8_000_000]
            assert server.connections == 1

    run(story())


def test_connection_is_not_used_again_when_the_answer_came_before_the_bodys_end() -> None:
    async def early(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        await asyncio.sleep(5)

    class Endless(Client):
        async def receive(self) -> dict[str, Any]:
            await asyncio.sleep(0)
            return {"type": "http.request", "body": b"x" * 100_000, "more_body": True}

    async def story() -> None:
        async with served(early) as (server, client):
            for _ in range(2):
                call = call_of(Endless(), None, method="PUT", service="s3", content_length="80000000000")
                assert (await client(call)).status == 403
            assert server.connections == 2

    run(story())


async def whole(answer: Answer) -> bytes:
    assert answer.rest is not None
    return answer.body + b"".join([part async for part in answer.rest])


def test_answer_streams_when_its_service_does_and_its_length_is_open() -> None:
    more = asyncio.Event()

    async def handle(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await body_of(head, reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await writer.drain()
        await more.wait()
        writer.write(b"2\r\nde\r\n0\r\n\r\n")

    async def story() -> None:
        async with served(handle) as (server, client):
            for _ in range(2):
                more.clear()
                answer = await client(call_of(Client(), service="logs"))  # there before the rest is made
                more.set()
                assert await whole(answer) == b"abcde"
            assert server.connections == 1

    run(story())


def test_server_waits_when_nobody_takes_a_large_answer() -> None:
    sent = 0

    async def handle(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        await body_of(head, reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 40000000\r\n\r\n")
        for _ in range(400):
            writer.write(b"x" * 100_000)
            await writer.drain()
            sent += 100_000

    async def story() -> None:
        async with served(handle) as (_, client):
            answer = await client(call_of(Client(), service="s3"))
            for _ in range(200):
                await asyncio.sleep(0.001)
            assert 0 < sent < 30_000_000
            assert len(await whole(answer)) == 40_000_000

    run(story())


def test_connection_closes_when_a_streamed_answer_is_dropped() -> None:
    async def endless(head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"3\r\nabc\r\n")
            await writer.drain()
            await asyncio.sleep(0.001)

    async def story() -> None:
        async with served(endless) as (server, client):
            answer = await client(call_of(Client(), service="logs"))
            answer.rest = None
            await server.closed.wait()

    run(story())


@pytest.mark.parametrize(
    "url", ["127.0.0.1:8000", "ftp://x", "http://", "http://h:99999", "http://u:p@h", "http://h/?q"]
)
def test_url_is_refused_when_it_names_no_server(url: str) -> None:
    with pytest.raises(SettingInvalid, match="no URL of an upstream"):
        HttpUpstream(url)
