"""What Step Functions calls by itself passes the edge, as what functions call does: recorded, and failed on purpose.

The engine's state machines call services inside its process. Its SDK integrations (`aws-sdk:*`) all go through one
function, which is led through the edge here; so are the integrations for SQS, EventBridge and DynamoDB, which the
engine serves by other ways. The caller of such a call is "states". Left out: SNS, ECS, and functions
that a task invokes, which go to the pool.
On AWS an integration whose answer is lost fails with SdkClientException (documented, "Handling errors": errors of the
SDK's client), which is what a reset, truncated or garbled answer gives here. Errors lose the namespace that the
protocol puts before their name: machines match on `DynamoDb.ThrottlingException` (documented, the same page).
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from typing import Any
from urllib.parse import urlencode

from harness.edge.call import Answer, Call
from harness.edge.correlation import Trace, current_trace
from harness.targets.embedded import mends
from harness.targets.embedded.calling import HANDLER
from harness.targets.embedded.mends.symbols import APP, STEP_FUNCTIONS, Function, Mend, Symbol

CALL_ON_LOOP = Symbol(APP, "call_service_handler_sync", "64e0d7e635005816")
SEND_MESSAGE = Symbol(STEP_FUNCTIONS, "_invoke_sqs_send_message", "7f9c14f5e0270ddb")
PUT_EVENTS = Symbol(STEP_FUNCTIONS, "_invoke_events_put_events", "92d6ffabce62e3e2")
BY_SDK = Symbol(STEP_FUNCTIONS, "_dispatch_aws_sdk_json", "80067ea21122126b")
CALLER = "states"

Serve = Callable[[Call, str], Coroutine[Any, Any, Answer]]


def install(serve: Serve) -> None:
    """Lead the integrations of this process's engine through `serve`.

    Raises EngineMismatch, having touched nothing, when the engine is not the one that this was written against.
    """
    touched = (CALL_ON_LOOP, SEND_MESSAGE, PUT_EVENTS)
    mends.verify((Mend("integrations", touched, (BY_SDK,), lambda: None),))
    CALL_ON_LOOP.wrap(lambda original: _through(serve, original))
    dispatch = SEND_MESSAGE.module()._SERVICE_DISPATCH
    dispatch["arn:aws:states:::sqs:sendMessage"] = _send_message
    dispatch["arn:aws:states:::events:putEvents"] = _put_events


def _through(serve: Serve, original: Function) -> Function:
    def call_service_handler_sync(
        handler: Function,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any,
        query: Mapping[str, Any],
        timeout: float | None = None,
    ) -> Any:
        app = CALL_ON_LOOP.module()
        if "authorization" not in headers or app._MAIN_LOOP is None:
            return original(handler, method, path, headers, body, query, timeout)
        call = _call(handler, method, path, headers, body, query)
        answer = asyncio.run_coroutine_threadsafe(serve(call, CALLER), app._MAIN_LOOP).result(timeout)
        return _told(answer)

    return call_service_handler_sync


def signed(service: str) -> str:
    """Return the authorization of a call that the engine makes for the account and region of the present context."""
    from ministack.core.responses import get_account_id, get_region

    return f"AWS4-HMAC-SHA256 Credential={get_account_id()}/20260101/{get_region()}/{service}/aws4_request"


def _call(handler: Function, method: str, path: str, headers: Mapping[str, str], body: Any, query: Any) -> Call:
    content = body if isinstance(body, bytes) else str(body or "").encode()
    service = headers["authorization"].rsplit("/", 2)[-2]
    sent = {**headers, "authorization": signed(service), "content-length": str(len(content))}
    trace = Trace.parse(current_trace.get())
    if trace is not None:
        # Without the parent: that is the invocation which started the execution, and it does not make this call.
        sent["x-amzn-trace-id"] = str(Trace(trace.root, sampled=trace.sampled))
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": urlencode(query, doseq=True).encode(),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 0),
        "scheme": "http",
        "http_version": "1.1",
        HANDLER: handler,
    }
    return Call(scope, _nobody, content)


async def _nobody() -> dict[str, Any]:
    # Nobody leaves: a call that hangs on purpose hangs as long as its task may take.
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


def _told(answer: Answer) -> Any:
    if answer.fate.kind != "delivered":
        return _failed("Unable to execute HTTP request: Connection reset")
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
    if b"json" not in answer.header(b"content-type") or not answer.body:
        return answer.status, headers, answer.body
    document = answer.document
    if document is None:
        return _failed("Unable to unmarshall response")
    if answer.status >= 400 and isinstance(document, dict) and "#" in str(document.get("__type", "")):
        plain = {**document, "__type": document["__type"].rpartition("#")[2]}
        return answer.status, headers, json.dumps(plain).encode()
    return answer.status, headers, answer.body


def _failed(why: str) -> Any:
    return 500, {}, json.dumps({"__type": "SdkClientException", "message": why}).encode()


def _send_message(_: str, document: Mapping[str, Any]) -> Any:
    body = document.get("MessageBody")
    text = json.dumps(body) if isinstance(body, (dict, list)) else body
    return _by_json("sqs", "AmazonSQS.SendMessage", {**document, "MessageBody": text}, "SQS")


def _put_events(_: str, document: Mapping[str, Any]) -> Any:
    return _by_json("events", "AWSEvents.PutEvents", document, "EventBridge")


def _by_json(service: str, target: str, document: Mapping[str, Any], prefix: str) -> Any:
    app, engine = CALL_ON_LOOP.module(), SEND_MESSAGE.module()
    headers = {
        "x-amz-target": target,
        "content-type": "application/x-amz-json-1.0",
        "host": f"{service}.amazonaws.com",
        "authorization": signed(service),
    }
    status, _, body = app.call_service_handler_sync(
        app.SERVICE_HANDLERS[service], "POST", "/", headers, json.dumps(document).encode(), {}
    )
    result = json.loads(body) if body else {}
    if status >= 400:
        code = str(result.get("__type", "SdkClientException"))
        raise engine._ExecutionError(f"{prefix}.{code}", result.get("message", ""))
    return result
