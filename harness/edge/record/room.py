"""The first room that a call passes: writes down every call, and which execution each trace began.

| endpoint | answer |
| --- | --- |
| `GET calls?execution=&trace=&service=&limit=` | the recent calls, oldest first |
"""

import time
from collections.abc import Sequence

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import refused
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.correlation import executions
from harness.edge.record.log import CallLog, CallRecord

CALLS_LISTED_MAX = 10_000


class Recorder(Room):
    """Keeps a record of every call."""

    def __init__(self) -> None:
        self.calls = CallLog()

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let the call pass, and keep how it ended."""
        record = CallRecord(
            started_at_s=call.started_at_s,
            service=call.service,
            operation=call.operation,
            method=call.method,
            path=call.path,
            trace=call.trace,
            caller=call.caller,
        )
        try:
            answer = await proceed(call)
            record.status = answer.status
            if call.operation == "StartExecution" and answer.status == 200:
                self._bind(call, answer)
        finally:
            record.duration_ms = (time.perf_counter() - call.started_s) * 1000
            self.calls.add(record)
        return answer

    def routes(self) -> Sequence[BaseRoute]:
        """Return `calls`."""
        return [Route("/_rehearsal/calls", self._list_calls)]

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget every call."""
        self.calls.clear()

    def _bind(self, call: Call, answer: Answer) -> None:
        arn = orjson.loads(answer.body).get("executionArn")
        if arn:
            executions.bind(call.trace, arn)

    async def _list_calls(self, request: Request) -> Response:
        query = request.query_params
        try:
            limit = min(int(query.get("limit", "100")), CALLS_LISTED_MAX)
        except ValueError:
            return refused(f"limit is {query['limit']!r}, expected a whole number")
        chosen = self.calls.recent(
            execution=query.get("execution", ""),
            trace=query.get("trace", ""),
            service=query.get("service", ""),
            limit=limit,
        )
        return JSONResponse({"calls": chosen})
