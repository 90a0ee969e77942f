"""The first room that a call passes: writes down every call, and which execution each trace began.

| endpoint | answer |
| --- | --- |
| `GET calls?execution=&service=&…&after=&limit=&order=` | the calls that fit, oldest first (`query`) |
| `GET calls/summary?…` | counts, error codes and percentiles by service, operation and resource |
| `GET recording`, `PUT recording {"bodies", "services"?, "bytes_max"?}` | whether bodies are kept |
| `GET metrics` | Prometheus' |
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from harness.edge.admin.requests import json_object, refused
from harness.edge.call import Answer, Call, Namespace, Proceed, Room
from harness.edge.correlation import current_execution, executions
from harness.edge.principals import principals
from harness.edge.record.answers import consumed, error_code, request_id
from harness.edge.record.bodies import bodies_of
from harness.edge.record.call_file import CallFile
from harness.edge.record.call_record import CallRecord, encoded, record_of
from harness.edge.record.capacity import ask_for_capacity, take_out_capacity
from harness.edge.record.log import CallLog
from harness.edge.record.metrics import Metrics
from harness.edge.record.options import Recording, RecordOptions
from harness.edge.record.query import CallQuery
from harness.edge.record.spans import spans_to
from harness.edge.record.summary import summarised
from harness.errors import SettingInvalid

DEFAULTS = RecordOptions()


class Recorder(Room):
    """Keeps a record of every call."""

    def __init__(self, options: RecordOptions = DEFAULTS) -> None:
        self.calls = CallLog(options.kept_max, options.kept_bytes_max)
        self.recording = options.recording
        self._capacity = options.capacity
        self._file = CallFile(options.file, options.file_bytes_max) if options.file else None
        self._spans = spans_to(options.otlp_endpoint)
        self.metrics = Metrics(self._dropped)

    async def handle(self, call: Call, proceed: Proceed) -> Answer:
        """Let the call pass, and keep how it ended."""
        asked, recording = call.body, self.recording  # as they are now: both may change before the answer comes
        asked_for_capacity = self._capacity and ask_for_capacity(call)
        self.metrics.in_flight += 1
        try:
            answer = await proceed(call)
        except BaseException as problem:
            self._keep(call, _unanswered(call, problem), asked, None, recording)
            raise
        finally:
            self.metrics.in_flight -= 1
        record = _answered(call, answer)
        if asked_for_capacity:
            _take_capacity(record, call, answer)
        if call.operation == "StartExecution":
            record.execution = _bound(call, answer) or record.execution
        elif call.service == "sts":
            principals.learn(call, answer)
        if answer.rest is not None and answer.fate.kind == "delivered":
            answer.rest = self._counted(answer.rest, call, record, asked, answer, recording)
        else:
            self._keep(call, record, asked, answer, recording)
        return answer

    def routes(self) -> Sequence[BaseRoute]:
        """Return `calls`, `calls/summary`, `recording` and `metrics`."""
        return [
            Route("/_rehearsal/calls", self._list_calls),
            Route("/_rehearsal/calls/summary", self._summarise),
            Route("/_rehearsal/recording", self._set_recording, methods=["GET", "PUT"]),
            Route("/_rehearsal/metrics", self._scrape),
        ]

    async def forget(self, namespace: Namespace | None) -> None:
        """Forget the calls of a namespace, or all; what is in the file stays there."""
        self.calls.clear(namespace)
        if namespace is None:
            self.metrics.forget()

    async def start(self) -> None:
        """Begin to write the file and to send spans."""
        if self._file is not None:
            self._file.start()
        if self._spans is not None:
            self._spans.start()

    async def stop(self) -> None:
        """Write and send what waits."""
        if self._file is not None:
            await self._file.stop()
        if self._spans is not None:
            await asyncio.to_thread(self._spans.stop)

    def describe(self) -> dict[str, object]:
        """Return how many calls there are, and what is wrong with the file if anything is."""
        told: dict[str, Any] = {"recorded": self.calls.added, "kept": len(self.calls), "dropped": self.calls.dropped}
        if self._file is not None:
            told["file"] = self._file.describe()
        if self._spans is not None:
            told["spans"] = self._spans.describe()
        return {"calls": told}

    def _keep(
        self, call: Call, record: CallRecord, asked: bytes | None, answer: Answer | None, recording: Recording
    ) -> None:
        if asked is not None:
            record.bytes_in = len(asked)
        record.duration_ms = (time.perf_counter() - call.started_s) * 1000
        if recording.bodies and recording.covers(call.service):
            record.bodies = bodies_of(call, asked, answer, recording)
        self.calls.add(record)
        self.metrics.count(record)
        if self._file is not None:
            self._file.add(record.line())
        if self._spans is not None:
            self._spans.add(record)

    async def _counted(
        self,
        rest: AsyncIterator[bytes],
        call: Call,
        record: CallRecord,
        asked: bytes | None,
        answer: Answer,
        recording: Recording,
    ) -> AsyncIterator[bytes]:
        """Pass a streamed answer on, and keep its record once it has ended or its client is gone."""
        record.fate = "truncated"
        try:
            async for part in rest:
                record.bytes_out += len(part)
                yield part
            record.fate = "delivered"
        finally:
            self._keep(call, record, asked, answer, recording)

    def _dropped(self) -> dict[str, int]:
        reasons = {"memory": self.calls.dropped}
        if self._file is not None:
            reasons |= {f"file_{why}": count for why, count in self._file.dropped.items()}
        return reasons | ({"spans": self._spans.dropped} if self._spans is not None else {})

    async def _list_calls(self, request: Request) -> Response:
        try:
            query = CallQuery.parse(request.query_params)
        except SettingInvalid as problem:
            return refused(problem.headline)
        return _json(await asyncio.to_thread(self._listed, query))

    def _listed(self, query: CallQuery) -> bytes:
        last = self.calls.added  # before the look: whoever goes on after it misses none
        page = self.calls.find(query)
        calls = [record.to_json() for record in page.records]
        return encoded({"calls": calls, "more": page.more, "last": last, "dropped": self.calls.dropped})

    async def _summarise(self, request: Request) -> Response:
        try:
            query = CallQuery.parse(request.query_params)
        except SettingInvalid as problem:
            return refused(problem.headline)
        return _json(await asyncio.to_thread(self._summed_up, query))

    def _summed_up(self, query: CallQuery) -> bytes:
        return encoded({**summarised(self.calls.matching(query)), "dropped": self.calls.dropped})

    async def _set_recording(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                self.recording = Recording.parse(await json_object(request))
            except SettingInvalid as problem:
                return refused(problem.headline)
        return JSONResponse(self.recording.to_json())

    async def _scrape(self, request: Request) -> Response:
        body, content_type = await asyncio.to_thread(self.metrics.exposition, request.headers.get("accept", ""))
        return Response(body, headers={"content-type": content_type})


def _bound(call: Call, answer: Answer) -> str:
    """Bind the execution that a call has started to its trace; return its ARN, "" when it started none."""
    told = answer.document if answer.status == 200 else None
    arn = told.get("executionArn") if isinstance(told, dict) else None
    # An answer that was replaced on its way back no longer tells what it began: then the request does.
    fault = call.marks.get("fault")
    if not arn and isinstance(fault, dict) and fault.get("phase") == "after" and isinstance(call.document, dict):
        machine, name = call.document.get("stateMachineArn"), call.document.get("name")
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:{name}" if machine and name else ""
    if not isinstance(arn, str) or not arn:
        return ""
    executions.bind(call.trace, arn, call.parent)
    if (started := current_execution.get()) is not None:
        started.arn = arn
    return arn


def _answered(call: Call, answer: Answer) -> CallRecord:
    record = record_of(call, answer)
    record.request_id = request_id(answer)
    record.bytes_out = _bytes_out(answer)
    if answer.status >= 400:
        record.error_code = error_code(answer)
    elif call.service == "dynamodb":
        record.read_units, record.write_units = consumed(call, answer)
    return record


def _take_capacity(record: CallRecord, call: Call, answer: Answer) -> None:
    units = take_out_capacity(call, answer)
    if record.read_units is None and record.write_units is None:
        record.read_units, record.write_units = units
    record.bytes_out = _bytes_out(answer)


def _unanswered(call: Call, problem: BaseException) -> CallRecord:
    record = record_of(call)
    record.error_code = type(problem).__name__
    return record


def _bytes_out(answer: Answer) -> int:
    if answer.fate.kind == "reset":
        return 0
    return len(answer.body) if answer.fate.kind == "delivered" else min(answer.fate.bytes_sent, len(answer.body))


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
