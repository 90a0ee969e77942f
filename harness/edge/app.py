"""The ASGI application on the AWS port: read a call, know what it is, let it pass the rooms, deliver the answer.

Every call gets an X-Ray trace (its own, or the one that it carries). The trace goes to the engine as a context
variable, because the engine copies the context of a request into the threads that run its executions and functions;
so a call that a Lambda makes leads back to the payment that caused it.
"""

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial

from harness.edge.admin import PREFIX, Admin
from harness.edge.asgi import Asgi, Message, Receive, Scope, Send
from harness.edge.aws import Reader, refusal
from harness.edge.call import Answer, Call, Proceed, Room
from harness.edge.controls import Controls
from harness.edge.correlation import current_trace, executions
from harness.edge.front_door import FrontDoor
from harness.edge.identify import Identifier
from harness.edge.tables import Tables
from harness.edge.upstream import ClientGone, Upstream, read_body
from harness.edge.wire import deliver

logger = logging.getLogger(__name__)

HELD_BYTES_MAX = 64 * 1024 * 1024  # a declared larger body is passed on in a stream, unread

# The call that the engine serves now: what it tells of changes is attributed to it.
current_call: ContextVar[Call | None] = ContextVar("current_call", default=None)


class Edge:
    """One AWS endpoint: `rooms` in the order in which a call passes them, and an upstream behind them.

    `doors` names the front doors to build (one a system with a known port). `engine` takes what is no HTTP request.
    """

    def __init__(
        self,
        upstream: Upstream,
        controls: Controls,
        *,
        rooms: Sequence[Room] = (),
        tables: Tables | None = None,
        engine: Asgi | None = None,
        region: str = "us-east-1",
        doors: tuple[str, ...] = (),
    ) -> None:
        self.rooms = tuple(rooms)
        self.tables = tables or Tables(upstream)
        self.doors = {name: FrontDoor(name, self) for name in doors}
        self._identifier = Identifier(controls.account_of, region)
        self._reader = Reader(self.tables)
        self._engine = engine
        self._upstream = upstream
        self._way = _way_through(self.rooms, self._serve_upstream)
        self._admin = Admin(self, controls).application()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (self._admin if scope["path"].startswith(PREFIX) else self._serve)(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._engine is not None:
            await self._engine(scope, receive, send)

    async def forget(self) -> None:
        """Be as after the start."""
        self._identifier.forget()
        executions.forget()
        self.tables.forget()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = None if _declared_bytes(scope) > HELD_BYTES_MAX else await read_body(receive)
        except ClientGone:
            return
        call = Call(scope, receive, body)
        trace = self._identifier.mark(call)
        await self._reader.read(call)
        token = current_trace.set(str(trace))
        try:
            answer = await self._way(call)
        finally:
            current_trace.reset(token)
        answer.headers.append((b"x-amzn-trace-id", b"Root=" + call.trace.encode()))
        await deliver(answer, scope, send)

    async def _serve_upstream(self, call: Call) -> Answer:
        token = current_call.set(call)
        try:
            answer = await self._upstream(call)
        except Exception as problem:
            logger.exception("%s %s failed upstream", call.service or "unsigned", call.path)
            what = f"the service behind {call.service or 'this endpoint'} failed"
            return refusal(call, "ServiceUnavailable", f"{what}: {type(problem).__name__}: {problem}", status=502)
        finally:
            current_call.reset(token)
        self.tables.heed(call)
        return answer

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Start the rooms after the engine, and stop them before it."""

        async def received() -> Message:
            message = await receive()
            if message["type"] == "lifespan.shutdown":
                for room in reversed(self.rooms):
                    await room.stop()
            return message

        async def sent(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                for room in self.rooms:
                    await room.start()
            await send(message)

        await (self._engine or _nothing_lives)(scope, received, sent)


async def _nothing_lives(_: Scope, receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _way_through(rooms: Sequence[Room], last: Proceed) -> Proceed:
    way = last
    for room in reversed(rooms):
        if type(room).handle is not Room.handle:
            way = partial(_handled, room.handle, way)
    return way


def _handled(handle, proceed, call):  # type: ignore[no-untyped-def]
    return handle(call, proceed)


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() else 0
    return 0
