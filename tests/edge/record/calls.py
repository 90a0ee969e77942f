"""Calls and answers as the tests of the record need them, and a recorder that sees them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from harness.edge.call import DELIVERED, Answer, Call, Fate, Namespace, Target
from harness.edge.record import CallRecord, Recorder, RecordOptions

HERE = Namespace("000000000000", "us-east-1")
RESET, CUT = Fate("reset"), Fate("truncated", 3)


def call(
    operation: str = "PutItem",
    *targets: Target,
    service: str = "dynamodb",
    body: bytes | None = b"{}",
    headers: tuple[tuple[bytes, bytes], ...] = (),
    **known: Any,
) -> Call:
    """Return a call; `known` are attributes that identification would have set."""

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    made = Call({"type": "http", "method": "POST", "path": "/", "headers": list(headers)}, receive, body)
    made.service, made.operation, made.targets, made.namespace = service, operation, targets, HERE
    for name, value in known.items():
        setattr(made, name, value)
    return made


def answer(
    body: bytes = b"{}", status: int = 200, fate: Fate = DELIVERED, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> Answer:
    """Return an answer."""
    return Answer(status, list(headers), body, fate=fate)


def pass_through(recorder: Recorder, one: Call, given: Answer | Callable[[Call], Answer] | BaseException) -> Answer:
    """Let a call pass a recorder, with this answer behind it."""

    async def proceed(seen: Call) -> Answer:
        if isinstance(given, BaseException):
            raise given
        return given if isinstance(given, Answer) else given(seen)

    return asyncio.run(recorder.handle(one, proceed))


def recorded(one: Call, given: Any = None, **options: Any) -> dict[str, Any]:
    """Return the record of one call as JSON-ready values."""
    recorder = Recorder(RecordOptions(**options))
    pass_through(recorder, one, given or answer())
    (record,) = recorder.calls.recent()
    return record


def record(**known: Any) -> CallRecord:
    """Return a record of a call that went well."""
    told: dict[str, Any] = {"service": "dynamodb", "operation": "PutItem", "fate": "delivered", "status": 200, **known}
    return CallRecord(**{"started_at_s": 0.0, "method": "POST", "path": "/", "trace": "", "caller": "", **told})


async def parts(*given: bytes) -> AsyncIterator[bytes]:
    """Give the rest of a streamed answer."""
    for part in given:
        yield part
