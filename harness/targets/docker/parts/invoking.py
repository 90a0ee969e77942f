"""Functions of another cloud, as the engine sees them: each call becomes an Invoke by the Lambda API.

The engine calls functions from threads of its own and waits; the request itself goes over the event loop. It carries
the trace of what led to it, with a parent id of its own, so that the edge knows who makes the function's calls.
What the function itself gets wrong is in its own log; what keeps it from running (it is missing, throttled, refused, or
its cloud is gone) is logged here, because API Gateway's clients are told no more than a status.
Source: Lambda's API reference, "Invoke" (documented).
"""

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from harness.edge.asgi import Headers, Message
from harness.edge.call import Answer, Call, Namespace, Target
from harness.edge.correlation import Trace, callers, current_execution, current_trace
from harness.edge.upstream import Upstream

logger = logging.getLogger(__name__)

ANSWER_WITHIN_S = 910.0  # a function may run for 15 minutes
LATEST = "$LATEST"

Result = dict[str, Any]  # what the engine expects of an executed function


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its name, version or alias, and whose it is."""

    name: str
    qualifier: str
    namespace: Namespace

    @property
    def arn(self) -> str:
        """Its ARN, without the qualifier."""
        return f"arn:aws:lambda:{self.namespace.region}:{self.namespace.account}:function:{self.name}"


class FunctionCaller:
    """Invokes functions through an upstream; made in the event loop that the upstream belongs to."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Task[Any] | None] = set()

    def invoke(self, function: Function, event: object) -> Result:
        """Run a function and wait for what comes of it; to be called from a thread, never from the event loop."""
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            pass  # as it should be: no event loop waits in this thread
        else:
            raise RuntimeError(f"function {function.name} was called from the event loop, which it would stop")
        # Begun here, so that the call runs in this thread's context: its trace, its execution.
        asked = asyncio.run_coroutine_threadsafe(self._ask(function, event), self._loop)
        return asked.result(ANSWER_WITHIN_S)

    async def close(self) -> None:
        """Give up what is under way, so that no thread waits for it."""
        for task in tuple(self._under_way):
            if task is not None:
                task.cancel()
        await asyncio.sleep(0)  # the threads are told by the tasks' ends

    async def _ask(self, function: Function, event: object) -> Result:
        task = asyncio.current_task()
        self._under_way.add(task)
        try:
            answer = await self._upstream(invocation(function, json.dumps(event, ensure_ascii=False).encode()))
            return result_of(function, answer, await whole(answer))
        except Exception as problem:
            logger.exception("function %s could not be called", function.name)
            return _failed("ServiceException", f"{type(problem).__name__}: {problem}")
        except asyncio.CancelledError:
            # An answer, because the engine's threads tell nobody that they were given up.
            return _failed("ServiceException", f"function {function.name} was given up: the cloud ends")
        finally:
            self._under_way.discard(task)


def invocation(function: Function, payload: bytes) -> Call:
    """Return the call that invokes a function and waits for its answer, on behalf of the present trace."""
    trace = (Trace.parse(current_trace.get()) or Trace.new()).child()
    callers.register(trace.parent, function.name, within=current_execution.get())
    headers: Headers = [
        (b"x-amz-invocation-type", b"RequestResponse"),
        (b"x-amzn-trace-id", str(trace).encode()),
        (b"content-type", b"application/json"),
    ]
    path = f"/2015-03-31/functions/{quote(function.name, safe='')}/invocations"
    query = urlencode({"Qualifier": function.qualifier}) if function.qualifier not in ("", LATEST) else ""
    call = own_call("lambda", function.namespace, "POST", path, query=query, headers=headers, body=payload)
    call.operation, call.targets, call.trace = "Invoke", (Target(function.name),), trace.root
    return call


def own_call(
    service: str,
    namespace: Namespace,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Headers | None = None,
    body: bytes = b"",
) -> Call:
    """Return a call of the parts' own to another service, in the name of a namespace's account. `path` is encoded."""
    credential = f"{namespace.account}/20260101/{namespace.region}/{service}/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
    sent = [
        (b"authorization", signed.encode()),
        (b"x-amz-date", b"20260101T000000Z"),
        *(headers or ()),
        (b"content-length", b"%d" % len(body)),
    ]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": sent,
        "client": ("127.0.0.1", 0),
        "scheme": "http",
        "http_version": "1.1",
    }
    call = Call(scope, _nobody, body)
    call.service, call.namespace = service, namespace
    return call


def result_of(function: Function, answer: Answer, body: bytes) -> Result:
    """Translate Invoke's answer into what the engine makes of an executed function."""
    if answer.status == 200:
        payload, is_json = _read(body)
        if answer.header(b"x-amz-function-error"):
            return {"body": payload, "error": True, "function_error": "Unhandled", "log": ""}
        return {"body": payload, "log": ""} if is_json else {"body": payload, "raw_payload": True, "log": ""}
    told = _read(body)[0]
    document: Mapping[str, Any] = told if isinstance(told, dict) else {}
    code = _code(answer, document)
    message = str(document.get("message") or document.get("Message") or f"status {answer.status}")
    logger.warning("function %s was not run: %d %s: %s", function.arn, answer.status, code, message)
    if answer.status == 429:
        reason = {"__type": code, "message": message, "Reason": document.get("Reason", "")}
        return {"throttle": True, "error": True, "body": reason, "log": ""}
    return _failed(code, message)


def _failed(code: str, message: str) -> Result:
    return {"error": True, "body": {"errorType": code, "errorMessage": message}, "log": ""}


def _code(answer: Answer, document: Mapping[str, Any]) -> str:
    told = answer.header(b"x-amzn-errortype").decode("latin-1") or str(document.get("__type", ""))
    return told.partition(":")[0].rpartition("#")[2] or "ServiceException"


def _read(body: bytes) -> tuple[Any, bool]:
    try:
        return (json.loads(body) if body else None), True
    except ValueError:
        return body.decode("utf-8", "replace"), False


async def whole(answer: Answer) -> bytes:
    """Return the whole body of an answer, also of one that comes in parts."""
    if answer.rest is None:
        return answer.body
    return b"".join([answer.body, *[part async for part in answer.rest]])


async def _nobody() -> Message:
    # Nobody leaves: what waits for the function waits until it has answered.
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}
