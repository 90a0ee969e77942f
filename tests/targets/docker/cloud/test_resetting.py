"""LocalStack is another after a restart, and an account's stacks and tables are gone after its reset."""

import asyncio
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs

import pytest

from harness.edge.call import Answer, Call
from harness.edge.upstream import UpstreamRefused
from harness.errors import EnvironmentNotReady
from harness.targets.docker.cloud import resetting
from tests.targets.docker.cloud.emulators import HERE, Emulator


class LocalStack:
    """A server with LocalStack's own pages, which is away for a while when it restarts."""

    def __init__(self, *, restarts: bool = True) -> None:
        self.session, self.restarts, self.away = "first", restarts, 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        if request.startswith(b"POST") and self.restarts:
            self.session, self.away = "second", 2
        elif self.away:
            self.away -= 1
            writer.close()
            return
        body = f'{{"session_id": "{self.session}"}}'.encode()
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()


def served(one: LocalStack, act: Callable[[str], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await asyncio.start_server(one.serve, "127.0.0.1", 0) as server:
            await act(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    asyncio.run(run())


def test_reset_ends_when_localstack_answers_as_another() -> None:
    localstack = LocalStack()

    served(localstack, resetting.restart_localstack)

    assert (localstack.session, localstack.away) == ("second", 0)


def test_reset_fails_in_words_when_localstack_stays_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resetting, "RESTARTED_WITHIN_S", 0.3)

    with pytest.raises(EnvironmentNotReady, match="did not restart"):
        served(LocalStack(restarts=False), resetting.restart_localstack)


class Stacks:
    """CloudFormation with stacks that go, or do not."""

    def __init__(self, *names: str, stay: bool = False, status: int = 200) -> None:
        self.names, self.stay, self.status = list(names), stay, status

    async def __call__(self, call: Call) -> Answer:
        assert b"/cloudformation/" in call.header(b"authorization")
        form = {name: values[0] for name, values in parse_qs((call.body or b"").decode()).items()}
        if form["Action"] == "DeleteStack" and not self.stay:
            self.names.remove(form["StackName"])
        listed = "".join(f"<member><StackId>{name}</StackId></member>" for name in self.names)
        return Answer(self.status, [], f"<ListStacksResponse>{listed}</ListStacksResponse>".encode())


def test_stacks_are_gone_when_an_account_is_reset() -> None:
    stacks = Stacks("arn:aws:cloudformation:us-east-1:000000000000:stack/a/1", "arn:b")

    assert asyncio.run(resetting.delete_stacks(stacks, HERE)) == []
    assert stacks.names == []


def test_stacks_that_stay_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resetting, "STACKS_GONE_WITHIN_S", 0.0)

    assert asyncio.run(resetting.delete_stacks(Stacks("arn:a", stay=True), HERE)) == ["arn:a"]


def test_refusal_is_told_when_stacks_can_not_be_listed() -> None:
    with pytest.raises(UpstreamRefused, match="ListStacks"):
        asyncio.run(resetting.delete_stacks(Stacks(status=500), HERE))


def test_tables_of_the_account_alone_are_gone_when_it_is_reset() -> None:
    engine = Emulator()
    engine.make("Wallets")
    engine.make("Wallets", account="111111111111")

    asyncio.run(resetting.delete_tables(engine, HERE))

    assert list(engine.tables) == [("111111111111", "Wallets")]


class Slow:
    """CloudFormation whose stacks go on their own time; it lists those whose status is asked for."""

    def __init__(self) -> None:
        self.status_of = {"arn:a": "UPDATE_COMPLETE"}
        self.looks_left = 2

    async def __call__(self, call: Call) -> Answer:
        form = parse_qs((call.body or b"").decode())
        if form["Action"] == ["DeleteStack"]:
            self.status_of["arn:a"] = "DELETE_IN_PROGRESS"
        elif self.status_of.get("arn:a") == "DELETE_IN_PROGRESS":
            self.looks_left -= 1
            if not self.looks_left:
                self.status_of.clear()
        asked = {status for name, (status,) in form.items() if name.startswith("StackStatusFilter.")}
        names = [name for name, status in self.status_of.items() if status in asked]
        listed = "".join(f"<member><StackId>{name}</StackId></member>" for name in names)
        return Answer(200, [], f"<ListStacksResponse>{listed}</ListStacksResponse>".encode())


def test_stacks_are_waited_for_when_they_go_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resetting, "_LOOK_EVERY_S", 0.001)
    stacks = Slow()

    assert asyncio.run(resetting.delete_stacks(stacks, HERE)) == []
    assert stacks.status_of == {}
