"""The ASGI application on the AWS port: identify, correlate, route to an upstream, keep a record.

Every request gets an X-Ray trace (its own, or the one that it carries). The trace goes to the engine as a context
variable, because the engine copies the context of a request into the threads that run its executions and functions;
so a call that a Lambda makes leads back to the payment that caused it.
"""

import json
import logging
import time
from collections.abc import Awaitable, Callable

from harness.edge.admin import PREFIX, Admin
from harness.edge.calls import CallLog, CallRecord
from harness.edge.controls import Controls
from harness.edge.correlation import Trace, callers, current_trace
from harness.edge.front_door import FrontDoor
from harness.edge.identify import Identity, identify
from harness.edge.upstream import Asgi, Message, Receive, Scope, Send

logger = logging.getLogger(__name__)

Gap = Callable[[], Awaitable[Asgi]]


class Edge:
    """One AWS endpoint over an engine.

    `gaps` maps the SigV4 names of services that the engine lacks to a function that starts what serves them.
    `doors` names the front doors to build (one a system with a known port).
    """

    def __init__(self, engine: Asgi, controls: Controls, *, gaps: dict[str, Gap], doors: tuple[str, ...] = ()) -> None:
        self._engine = engine
        self._gaps = gaps
        self.calls = CallLog()
        self.doors = {name: FrontDoor(name, self) for name in doors}
        self._admin = Admin(self.calls, controls, self.doors).application()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._engine(scope, receive, send)
        elif scope["path"].startswith(PREFIX):
            await self._admin(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        identity = identify(scope["path"], scope["headers"])
        trace = Trace.parse(identity.trace_header) or Trace.new()
        record = _record_of(scope, identity, trace)
        witness = _Witness(send, record, self.calls)
        token = current_trace.set(str(trace))
        started_s = time.perf_counter()
        try:
            upstream = await self._upstream_for(identity)
            await upstream(scope, receive, witness.send)
        except Exception as problem:
            logger.exception("%s %s failed upstream", identity.service or "unsigned", record.path)
            if record.status:
                raise
            await _bad_gateway(witness.send, identity, problem)
        finally:
            current_trace.reset(token)
            record.duration_ms = (time.perf_counter() - started_s) * 1000
            self.calls.add(record)

    async def _upstream_for(self, identity: Identity) -> Asgi:
        start_gap = self._gaps.get(identity.service)
        return await start_gap() if start_gap else self._engine


class _Witness:
    """Stands in the way of an answer to read its status, and the execution that a StartExecution began."""

    def __init__(self, send: Send, record: CallRecord, calls: CallLog) -> None:
        self._send = send
        self._record = record
        self._calls = calls
        self._starts_execution = record.operation == "StartExecution"
        self._trace_header = (b"x-amzn-trace-id", f"Root={record.trace}".encode())

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._record.status = message["status"]
            message = {**message, "headers": [*message.get("headers", ()), self._trace_header]}
        elif self._starts_execution and self._record.status == 200:
            arn = json.loads(message.get("body") or b"{}").get("executionArn")
            if arn:
                self._calls.bind_execution(self._record.trace, arn)
        await self._send(message)


def _record_of(scope: Scope, identity: Identity, trace: Trace) -> CallRecord:
    return CallRecord(
        started_at_s=time.time(),
        service=identity.service,
        operation=identity.operation,
        method=scope["method"],
        path=scope["path"],
        trace=trace.root,
        caller=callers.name_of(trace.parent),
    )


async def _bad_gateway(send: Send, identity: Identity, problem: Exception) -> None:
    message = f"the service behind {identity.service or 'this endpoint'} failed: {type(problem).__name__}: {problem}"
    body = json.dumps({"__type": "ServiceUnavailable", "message": message}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 502, "headers": headers})
    await send({"type": "http.response.body", "body": body})
