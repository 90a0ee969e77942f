"""Mend: an asynchronous event that fails for good reaches its dead-letter queue as AWS sends it.

Wrong: the engine sends a destination's record (requestContext, responsePayload …) to the queue, without attributes; a
function with both a destination and a dead-letter queue reaches the destination only; every attempt has another
request id; the message is put into the queue from a thread beside the loop.
AWS (documented, "Retaining records of asynchronous invocations"): the queue or topic gets the event itself, with the
attributes RequestID (string), ErrorCode (number, an HTTP status) and ErrorMessage (string, its first 1 KB); both places
are served when both are set; the request id is the same in every attempt.
Left out: events that expire before an attempt (MaximumEventAgeInSeconds) carry the last error, as in the engine.
"""

import contextvars
import json
from typing import Any
from urllib.parse import urlencode

from harness.targets.embedded.mends.symbols import APP, LAMBDA, Function, Mend, Symbol

ROUTE = Symbol(LAMBDA, "_route_async_failure", "c023331e333f796d")
INVOKE_ASYNC = Symbol(LAMBDA, "invoke_async_with_retry", "289fe4d3cbd4089b")
DISPATCH = Symbol(LAMBDA, "_execute_function_dispatch", "f62cd259213ecef7")
EXECUTE = Symbol(LAMBDA, "_execute_function", "3ceb16d6480a2161")
CALL_ON_LOOP = Symbol(APP, "call_service_handler_sync", "64e0d7e635005816")
MESSAGE_BYTES_MAX = 1024

_event_id: contextvars.ContextVar[str] = contextvars.ContextVar("event_id", default="")


def _under_one_id(original: Function) -> Function:
    engine = INVOKE_ASYNC.module()

    def invoke_async_with_retry(func: dict[str, Any], event: object) -> None:
        token = _event_id.set(engine.new_uuid())  # the engine's thread runs in a copy of this context
        try:
            original(func, event)
        finally:
            _event_id.reset(token)

    return invoke_async_with_retry


def _with_the_events_id(original: Function) -> Function:
    def dispatch(func: object, config: object, event: object, request_id: str, started: float) -> Any:
        return original(func, config, event, _event_id.get() or request_id, started)

    return dispatch


def _to_every_place(original: Function) -> Function:
    engine = ROUTE.module()

    def route(target_arn: str, func_name: str, event: object, result: dict[str, Any]) -> None:
        queue_arn = _dead_letter_arn(engine, func_name)
        if target_arn != queue_arn:
            original(target_arn, func_name, event, result)
        if queue_arn:
            try:
                _send(CALL_ON_LOOP.module(), queue_arn, json.dumps(event), _attributes(result))
            except Exception:
                # As the engine does: a dead letter that can't be sent is logged, the caller is long gone.
                engine.logger.exception("Lambda %s: dead letter to %s failed", func_name, queue_arn)

    return route


def _dead_letter_arn(engine: Any, func_name: str) -> str:
    config = (engine._functions.get(func_name) or {}).get("config") or {}
    arn: str = (config.get("DeadLetterConfig") or {}).get("TargetArn") or ""
    return arn


def _attributes(result: dict[str, Any]) -> list[tuple[str, str, str]]:
    body = result.get("body")
    message = str(body.get("errorMessage") or body.get("message") or "") if isinstance(body, dict) else str(body)
    message = message.encode()[:MESSAGE_BYTES_MAX].decode(errors="ignore")
    code = "429" if result.get("throttle") else "200"
    return [
        ("RequestID", "String", _event_id.get()),
        ("ErrorCode", "Number", code),
        ("ErrorMessage", "String", message or " "),
    ]


def _send(app: Any, target_arn: str, message: str, attributes: list[tuple[str, str, str]]) -> None:
    """Send through the serving loop, by the old Query protocol that SQS and SNS share."""
    _, _, service, region, account, name = target_arn.split(":", 5)
    form = {"Action": "SendMessage", "QueueUrl": f"/{account}/{name}", "MessageBody": message}
    prefix = "MessageAttribute"
    if service == "sns":
        form = {"Action": "Publish", "TopicArn": target_arn, "Message": message}
        prefix = "MessageAttributes.entry"
    for index, (attribute, data_type, value) in enumerate(attributes, 1):
        form[f"{prefix}.{index}.Name"] = attribute
        form[f"{prefix}.{index}.Value.DataType"] = data_type
        form[f"{prefix}.{index}.Value.StringValue"] = value
    headers = {"content-type": "application/x-www-form-urlencoded", "host": f"{service}.{region}.amazonaws.com"}
    status, _, body = app.call_service_handler_sync(
        app.SERVICE_HANDLERS[service], "POST", "/", headers, urlencode(form).encode(), {}
    )
    if status >= 400:
        raise RuntimeError(f"{service} answered {status}: {body!r}")


def _apply() -> None:
    INVOKE_ASYNC.wrap(_under_one_id)
    DISPATCH.wrap(_with_the_events_id)
    ROUTE.wrap(_to_every_place)


MEND = Mend(
    name="dead_letters",
    touches=(ROUTE, INVOKE_ASYNC, DISPATCH),
    relies_on=(EXECUTE, CALL_ON_LOOP),
    apply=_apply,
)
