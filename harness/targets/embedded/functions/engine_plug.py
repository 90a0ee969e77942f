"""The engine's Lambda service runs Python functions in the pool; what else calls functions gets AWS's errors and logs.

Replaced in the engine, each known by its fingerprint: how a Python function is executed, how its log is stored (one
stream a worker, a stack trace in one event), what API Gateway tells of a failed function (AWS: 502 and `Internal
server error`, never the function's error; documented in "Handle Lambda errors in API Gateway"), and the worker that a
WebSocket route takes for itself. Other runtimes and durable functions stay the engine's.
"""

import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.edge.correlation import Trace, callers, current_execution, current_trace
from harness.targets.embedded import mends
from harness.targets.embedded.functions.pool import FunctionPool
from harness.targets.embedded.functions.spec import DEFAULT_RUNTIME, FunctionSpec, LayerArchive, Outcome
from harness.targets.embedded.mends.symbols import LAMBDA, Function, Mend, Symbol

LOGS = "ministack.services.cloudwatch_logs"
REST_API = "ministack.services.apigateway_v1"
RUNTIME = "ministack.core.lambda_runtime"

EXECUTE = Symbol(LAMBDA, "_execute_function_warm", "62b9218bef5b948a")
EMIT_LOGS = Symbol(LAMBDA, "_emit_lambda_logs", "111efbf06968bb20")
PROXY_RESPONSE = Symbol(REST_API, "_lambda_proxy_response", "3a5b91b76870782b")
WEBSOCKET_WORKER = Symbol(RUNTIME, "get_or_create_worker", "e62a10a5f04e7cea")
APPEND = Symbol(LOGS, "_append_log_events", "e47cae7a15a4cc46")
RELIES_ON = (
    APPEND,
    Symbol(LAMBDA, "_execute_function", "3ceb16d6480a2161"),
    Symbol(LAMBDA, "_execute_function_dispatch", "f62cd259213ecef7"),
    Symbol(LAMBDA, "_runtime_env_vars", "ddc6960ee0e4b284"),
    Symbol(LAMBDA, "_durable_env_overlay", "8b47d075fb189704"),
    Symbol(LAMBDA, "_resolve_layer_zip", "447d3c3ec42c50ad"),
    Symbol(LAMBDA, "_throttle_response", "647221d5b0775feb"),
    Symbol(RUNTIME, "execution_credentials", "cffaadc4f396f6e4"),
    Symbol(RUNTIME, "_account_region_from_function_config", "701ed919ed4802e4"),
    Symbol(LOGS, "_fanout_to_subscription_filters", "cb898244bb9fac17"),
    Symbol(LOGS, "_make_group_arn", "3d349158bb566a4f"),
)

Config = Mapping[str, Any]
Result = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkerLog:
    """What an invocation logged, on its way through the engine as the `log_source` of a result."""

    stream: str
    events: tuple[str, ...]


def install(pool: FunctionPool) -> None:
    """Let the engine of this process run its Python functions in `pool`.

    Raises EngineMismatch, having touched nothing, when the engine is not the one that this was written against.
    """
    mends.verify((Mend("functions", (EXECUTE, EMIT_LOGS, PROXY_RESPONSE, WEBSOCKET_WORKER), RELIES_ON, lambda: None),))
    EXECUTE.wrap(lambda original: _executing_in(pool, original))
    EMIT_LOGS.wrap(_storing_worker_logs)
    PROXY_RESPONSE.wrap(_telling_no_details)
    WEBSOCKET_WORKER.wrap(_dispatching)


def _executing_in(pool: FunctionPool, original: Function) -> Function:
    engine = EXECUTE.module()
    layers = LayerArchives()

    def execute(func: dict[str, Any], event: object, request_id: str) -> Any:
        config = func.get("config") or func
        served = str(config.get("Runtime", DEFAULT_RUNTIME)).startswith("python")
        if not served or not func.get("code_zip") or engine._durable_env_overlay():
            return original(func, event, request_id)
        spec = spec_of(config, func["code_zip"], layers)
        outcome = pool.invoke(
            spec,
            json.dumps(event, ensure_ascii=False).encode(),
            request_id=request_id,
            trace_header=_trace_header(config, spec.name, request_id),
        )
        return _throttled(engine, spec) if outcome.throttled else result_of(outcome)

    return execute


def spec_of(config: Config, code_zip: bytes, layers: "LayerArchives") -> FunctionSpec:
    """Translate a function's configuration, as the engine keeps it."""
    engine = EXECUTE.module()
    account_id, region = engine._account_region_from_function_config(config)
    logging = config.get("LoggingConfig") or {}
    return FunctionSpec(
        name=config["FunctionName"],
        arn=config["FunctionArn"],
        version=config.get("Version") or "$LATEST",
        handler=config.get("Handler") or "",
        runtime=config.get("Runtime") or DEFAULT_RUNTIME,
        code_sha256=config.get("CodeSha256") or hashlib.sha256(code_zip).hexdigest(),
        code_zip=code_zip,
        timeout_s=int(config.get("Timeout") or 3),
        memory_mb=int(config.get("MemorySize") or 128),
        environment={name: str(value) for name, value in engine._runtime_env_vars(config).items()},
        region=region,
        account_id=account_id,
        layers=layers.of(config),
        credentials=engine.execution_credentials(config),
        log_group=logging.get("LogGroup") or "",
        log_format=logging.get("LogFormat") or "Text",
        log_level=logging.get("ApplicationLogLevel") or "",
    )


class LayerArchives:
    """Names the content of layers; hashes each content once."""

    def __init__(self) -> None:
        self._known: dict[str, LayerArchive] = {}

    def of(self, config: Config) -> tuple[LayerArchive, ...]:
        """Return a function's layers that have content, in its order."""
        archives = []
        for attachment in config.get("Layers") or ():
            content = EXECUTE.module()._resolve_layer_zip(attachment)
            if content:
                arn = attachment if isinstance(attachment, str) else str(attachment.get("Arn"))
                archives.append(self._named(arn, content))
        return tuple(archives)

    def _named(self, arn: str, content: bytes) -> LayerArchive:
        known = self._known.get(arn)
        if known is None or known.content is not content:  # after a reset, an ARN may come back with other content
            known = self._known[arn] = LayerArchive(hashlib.sha256(content).hexdigest(), content)
        return known


def result_of(outcome: Outcome) -> Result:
    """Translate an outcome that is no throttle into the engine's result."""
    result: Result = {"log": outcome.log, "log_source": WorkerLog(outcome.log_stream, outcome.log_events)}
    if outcome.error is not None:
        return {**result, "body": dict(outcome.error), "error": True, "function_error": "Unhandled"}
    if outcome.undecoded:
        return {**result, "body": outcome.payload, "raw_payload": True}
    return {**result, "body": outcome.payload}


def _throttled(engine: Any, spec: FunctionSpec) -> Result:
    result: Result = engine._throttle_response(
        reason_code="ConcurrentInvocationLimitExceeded",
        msg=f"Rate Exceeded: no worker for {spec.name} became free within {spec.timeout_s} s",
    )
    # Step Functions takes the error's name from here. Source: its developer guide, "Error names"; documented.
    result["body"] = {**result["body"], "errorType": "Lambda.TooManyRequestsException"}
    return result


def _trace_header(config: Config, name: str, request_id: str) -> str:
    trace = Trace.parse(current_trace.get())
    if trace is None:
        active = (config.get("TracingConfig") or {}).get("Mode") == "Active"
        trace = replace(Trace.new(), sampled=active)
    child = trace.child()
    callers.register(child.parent, name, request_id, current_execution.get())
    return str(child)


def _storing_worker_logs(original: Function) -> Function:
    def emit_lambda_logs(
        func: dict[str, Any],
        request_id: str,
        log_text: str,
        error: bool,
        duration_ms: int,
        *,
        log_source: object = None,
    ) -> None:
        if isinstance(log_source, WorkerLog):
            _store(func.get("config") or func, log_source)
        else:
            original(func, request_id, log_text, error, duration_ms, log_source=log_source)

    return emit_lambda_logs


_creating = threading.Lock()


def _store(config: Config, log: WorkerLog) -> None:
    if not log.events:
        return
    engine = APPEND.module()
    group_name = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
    now_ms = int(time.time() * 1000)
    with _creating:
        group = engine._log_groups.get(group_name)
        if group is None:
            group = engine._log_groups[group_name] = _new_group(engine._make_group_arn(group_name), now_ms)
        stream = group["streams"].setdefault(log.stream, _new_stream(now_ms))
    events = [{"timestamp": now_ms, "message": message} for message in log.events]
    engine._append_log_events(stream, [{**event, "ingestionTime": now_ms} for event in events])
    engine._fanout_to_subscription_filters(group_name, log.stream, events)


def _new_group(arn: str, now_ms: int) -> Result:
    return {
        "arn": arn,
        "creationTime": now_ms,
        "retentionInDays": None,
        "tags": {},
        "subscriptionFilters": {},
        "streams": {},
    }


def _new_stream(now_ms: int) -> Result:
    return {
        "events": [],
        "uploadSequenceToken": "1",
        "creationTime": now_ms,
        "firstEventTimestamp": None,
        "lastEventTimestamp": None,
        "lastIngestionTime": None,
    }


def _telling_no_details(original: Function) -> Function:
    def proxy_response(result: Result) -> Any:
        if result.get("error") and not result.get("throttle"):
            return None, "Internal server error"
        return original(result)

    return proxy_response


@dataclass(frozen=True, slots=True)
class _Dispatched:
    """Stands for the worker that a WebSocket route wants: invokes by the way of all other invocations."""

    func: Mapping[str, Any]

    def invoke(self, event: object, _message_id: str) -> Result:
        result = EXECUTE.module()._execute_function(dict(self.func), event)
        if result.get("error"):
            return {"status": "error", "error": "Internal server error"}
        return {"status": "ok", "result": result.get("body")}


def _dispatching(original: Function) -> Function:
    def get_or_create_worker(func_name: str, config: Config, code_zip: bytes, qualifier: str = "$LATEST") -> Any:
        if not str(config.get("Runtime", "")).startswith("python"):
            return original(func_name, config, code_zip, qualifier=qualifier)
        return _Dispatched({"config": config, "code_zip": code_zip})

    return get_or_create_worker
