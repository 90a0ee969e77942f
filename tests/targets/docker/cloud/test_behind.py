"""What is behind is waited for and asked; what does not answer is named."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from harness.errors import EnvironmentNotReady
from harness.targets.docker.cloud.behind import Behind, ask_http, ask_postgres, localstack_version

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def looked(answer: bytes, look: Callable[[int], Awaitable[str]]) -> str:
    """Return what a look at a server says that answers everything with these bytes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async def run() -> str:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            return await look(server.sockets[0].getsockname()[1])

    return asyncio.run(run())


def http(status: str) -> bytes:
    return f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode()


def test_nothing_is_wrong_when_a_server_answers() -> None:
    assert looked(http("200 OK"), lambda port: ask_http(f"http://127.0.0.1:{port}/x")) == ""
    assert looked(http("400 Bad"), lambda port: ask_http(f"http://127.0.0.1:{port}", any_status=True)) == ""
    assert looked(b"N", lambda port: ask_postgres(f"postgresql://u:p@127.0.0.1:{port}/d")) == ""


def test_problem_is_told_when_a_server_answers_badly() -> None:
    assert looked(http("500 Bad"), lambda port: ask_http(f"http://127.0.0.1:{port}/x")).endswith("/x answered 500")
    assert "closed the connection" in looked(b"", lambda port: ask_http(f"http://127.0.0.1:{port}"))
    told = looked(b"HTTP/1.1", lambda port: ask_postgres(f"postgresql://u:p@127.0.0.1:{port}/d"))
    assert told.endswith("speaks no PostgreSQL")


def test_version_is_read_when_localstack_tells_it() -> None:
    body = b'{"version": "4.14.0"}'
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)

    assert looked(answer, lambda port: localstack_version(f"http://127.0.0.1:{port}")) == "4.14.0"
    assert looked(http("200 OK"), lambda port: localstack_version(f"http://127.0.0.1:{port}")) == ""


def test_problem_is_told_when_no_server_is_there() -> None:
    assert "can't be reached" in asyncio.run(ask_http("http://127.0.0.1:1"))
    assert asyncio.run(ask_postgres("postgresql://u:p@127.0.0.1:1/d")).startswith("127.0.0.1:1 can't be reached")


def test_ailing_server_is_named_unless_it_is_excused() -> None:
    async def well() -> str:
        return ""

    async def ill() -> str:
        return "is ill"

    behind = Behind({"moto": well, "localstack": ill})

    assert asyncio.run(behind.ailing()) == {"localstack": "is ill"}
    behind.excused.add("localstack")
    assert asyncio.run(behind.ailing()) == {}


def test_server_is_named_when_it_does_not_come() -> None:
    async def well() -> str:
        return ""

    async def ill() -> str:
        return "is ill"

    told: list[str] = []
    behind = Behind({"moto": well, "localstack": ill, "dynamodb": ill})

    with pytest.raises(EnvironmentNotReady, match="dynamodb, localstack did not answer within 0 s"):
        asyncio.run(behind.wait(0.0, told.append))
    assert told == ["moto answers"]


def test_waiting_ends_when_the_last_server_answers() -> None:
    problems = ["is ill", "", "", ""]

    async def recovering() -> str:
        return problems.pop(0)

    told: list[str] = []
    asyncio.run(Behind({"moto": recovering}).wait(5.0, told.append))

    assert told == ["moto answers"]
