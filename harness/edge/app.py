"""The ASGI application on the AWS port: read a call, know what it is, let it pass the rooms, deliver the answer.

Every call gets an X-Ray trace (its own, or the one that it carries). The trace goes to the engine as a context
variable, because the engine copies the context of a request into the threads that run its executions and functions;
so a call that a Lambda makes leads back to the payment that caused it.
"""

import logging
from collections.abc import Sequence
from contextvars import ContextVar
from functools import partial

from harness.edge import wellformed
from harness.edge.admin import Access, Admin, Guard, is_admin, is_engine_admin, refused
from harness.edge.asgi import Asgi, Message, Receive, Scope, Send
from harness.edge.aws import KnownApi, Reader, refusal
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.controls import Controls
from harness.edge.correlation import Started, current_execution, current_trace, executions
from harness.edge.front_door import FrontDoor
from harness.edge.identify import Identifier
from harness.edge.principals import principals
from harness.edge.tables import Tables
from harness.edge.upstream import ClientGone, Upstream, read_body
from harness.edge.wire import deliver

logger = logging.getLogger(__name__)

HELD_BYTES_MAX = 64 * 1024 * 1024  # a larger body is passed on in a stream, to those services that take one
REGION_DEFAULT = "us-east-1"  # of calls that name none
_LARGE_BODIES = frozenset({"s3", "lambda"})

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
        identifier: Identifier | None = None,
        doors: tuple[str, ...] = (),
        access: Access | None = None,
    ) -> None:
        self.rooms = tuple(rooms)
        self.tables = tables or Tables(upstream)
        self.doors = {name: FrontDoor(name, self) for name in doors}
        self._identifier = identifier or Identifier(controls.account_of, REGION_DEFAULT)
        self._reader = Reader(self.tables, self._known_api)
        self._engine = engine
        self._upstream = upstream
        self._way = _way_through(self.rooms, self._serve_upstream)
        self._admin = Admin(self, controls).application()
        self._guard = Guard(access)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            if scope["path"].startswith("/_"):
                await self._serve_guarded(scope, receive, send)
            else:
                await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._engine is not None:
            await self._engine(scope, receive, send)

    async def forget(self) -> None:
        """Be as after the start."""
        self._identifier.forget()
        executions.forget()
        principals.forget()
        self.tables.forget()

    def let_go(self) -> None:
        """Hold up no call any longer: the edge is about to end."""
        for room in self.rooms:
            room.let_go()

    def namespaces_of(self, account: str, region: str | None = None) -> list[Namespace]:
        """Return an account's namespaces in all regions that were called, or in the one that is named."""
        return self._identifier.namespaces_of(account, region)

    async def serve(self, call: Call, caller: str = "") -> Answer:
        """Let a call pass the rooms and return its answer; `caller` names who calls from inside the engine."""
        trace = self._identifier.mark(call)
        call.caller = call.caller or caller
        within = current_execution.get()
        if within is not None and within.arn:
            call.execution = within.arn
        await self._reader.read(call)
        self._identifier.recognise(call)
        token = current_trace.set(str(trace))
        starting = current_execution.set(Started.by(call.document)) if call.operation == "StartExecution" else None
        try:
            return await self._way(call)
        finally:
            current_trace.reset(token)
            if starting is not None:
                current_execution.reset(starting)

    def _known_api(self, api_id: str) -> KnownApi | None:
        """Return whose API this is, None when no front door leads to it."""
        for name, door in self.doors.items():
            if door.api_id == api_id:
                return KnownApi(name, door.stage)
        return None

    async def _serve_guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        if is_admin(scope["path"]):
            await self._guard.admit(self._admin, scope, receive, send)
        elif is_engine_admin(scope["path"]) and (objection := self._guard.objection(scope)):
            await refused(objection, status=403)(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, receive = await _held_body(scope, receive)
        except ClientGone:
            return
        call = Call(scope, receive, body)
        try:
            answer = await self.serve(call)
        except Exception as problem:
            logger.exception("the edge failed at %s %s", call.service or "unsigned", call.path)
            what = f"the edge failed: {type(problem).__name__}: {problem}"
            answer = refusal(call, "InternalFailure", what, status=500)
        answer.headers.append((b"x-amzn-trace-id", b"Root=" + call.trace.encode()))
        await deliver(answer, scope, send)

    async def _serve_upstream(self, call: Call) -> Answer:
        if call.body is None and call.service not in _LARGE_BODIES:
            return refusal(call, "RequestEntityTooLarge", f"the body is larger than {HELD_BYTES_MAX} bytes", status=413)
        if call.operation and (objection := wellformed.no_object(call)):
            return refusal(call, wellformed.CODE, objection)
        token = current_call.set(call)
        try:
            answer = await self._upstream(call)
        except Exception as problem:
            if objection := wellformed.mistyped(call):
                return refusal(call, wellformed.CODE, objection)
            logger.exception("%s %s failed upstream", call.service or "unsigned", call.path)
            what = f"the service behind {call.service or 'this endpoint'} failed"
            return refusal(call, "ServiceUnavailable", f"{what}: {type(problem).__name__}: {problem}", status=502)
        finally:
            current_call.reset(token)
        if answer.status >= 500 and (objection := wellformed.mistyped(call)):
            return refusal(call, wellformed.CODE, objection)
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
        room.stand_before(way)
        if type(room).handle is not Room.handle:
            way = partial(_handled, room.handle, way)
    return way


def _handled(handle, proceed, call):  # type: ignore[no-untyped-def]
    return handle(call, proceed)


async def _held_body(scope: Scope, receive: Receive) -> tuple[bytes | None, Receive]:
    """Return the body, or None and what to read it from when it is too large to hold; raises ClientGone."""
    if _declared_bytes(scope) > HELD_BYTES_MAX:
        return None, receive
    read = await read_body(receive, HELD_BYTES_MAX)
    return (read, receive) if isinstance(read, bytes) else (None, _going_on(read, receive))


def _going_on(read: list[bytes], receive: Receive) -> Receive:
    async def going_on() -> Message:
        return {"type": "http.request", "body": read.pop(0), "more_body": True} if read else await receive()

    return going_on


def _declared_bytes(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value[:20]) if value.isdigit() else 0
    return 0
