"""From what happened in a worker to what the caller and the log are told."""

import json

from harness.targets.embedded.functions import endings, platform_log
from harness.targets.embedded.functions.spec import FunctionSpec, Outcome
from harness.targets.embedded.functions.worker import Ending, Invocation, Phase

_MB = 1024 * 1024


def after_run(
    spec: FunctionSpec, invocation: Invocation, run: Phase, *, init: Phase | None, before: str, log_stream: str
) -> Outcome:
    """Return the outcome of an invocation that reached the handler; `init` is that of a cold start."""
    payload, undecoded = _payload(run) if run.ending is Ending.ANSWERED else (None, False)
    log = _logged(
        before,
        init.log if init else "",
        platform_log.start_line(invocation.request_id, spec.version),
        run.log,
        _explanation(spec, invocation, run),
        platform_log.end_line(invocation.request_id),
        _report(spec, invocation, run, init),
    )
    return Outcome(payload, _error(spec, invocation, run), *log, log_stream, undecoded=undecoded)


def after_failed_init(
    spec: FunctionSpec, invocation: Invocation, init: Phase, *, before: str, log_stream: str
) -> Outcome:
    """Return the outcome of an invocation whose worker could not be initialised."""
    error = _error(spec, invocation, init)
    log = _logged(
        before,
        init.log,
        init_line(init),
        platform_log.start_line(invocation.request_id, spec.version),
        _explanation(spec, invocation, init),
        platform_log.end_line(invocation.request_id),
        _report(spec, invocation, init, None),
    )
    return Outcome(None, error, *log, log_stream)


def init_line(init: Phase) -> str:
    """Return what the log says of an init that failed."""
    status = "timeout" if init.ending is Ending.TIMED_OUT else "error"
    return platform_log.init_report(init.duration_ms, status, _type_for_report(init))


def throttled(spec: FunctionSpec) -> Outcome:
    """Return the outcome of an invocation for which no worker became free in time."""
    error = {
        "errorType": "TooManyRequestsException",
        "errorMessage": f"Rate Exceeded: no worker for {spec.name} became free within {spec.timeout_s} s",
    }
    return Outcome(error=error, throttled=True)


def _logged(*parts: str) -> tuple[str, tuple[str, ...]]:
    events = tuple(platform_log.log_events(platform_log.join_lines(*parts)))
    return "".join(f"{event}\n" for event in events), events


def _payload(run: Phase) -> tuple[object, bool]:
    try:
        return json.loads(run.body), False
    except ValueError:
        return run.body.decode("utf-8", "replace"), True


def _error(spec: FunctionSpec, invocation: Invocation, phase: Phase) -> endings.Error | None:
    match phase.ending:
        case Ending.FAILED:
            return _reported_error(phase)
        case Ending.EXITED:
            return endings.exited(invocation.request_id, phase.exit_code)
        case Ending.TIMED_OUT:
            return endings.timed_out(invocation.request_id, spec.timeout_s)
        case Ending.OUT_OF_MEMORY:
            return endings.out_of_memory(invocation.request_id)
        case Ending.TOO_LARGE:
            return endings.response_too_large()
        case _:
            return None


def _reported_error(phase: Phase) -> endings.Error:
    try:
        reported = json.loads(phase.body)
    except ValueError:
        reported = None
    if isinstance(reported, dict):
        return reported
    return {"errorType": phase.error_type or "Runtime.Unknown", "errorMessage": phase.body.decode("utf-8", "replace")}


def _type_for_report(phase: Phase) -> str:
    match phase.ending:
        case Ending.FAILED:
            return str(_reported_error(phase).get("errorType", ""))
        case Ending.EXITED:
            return "Runtime.ExitError"
        case Ending.OUT_OF_MEMORY:
            return "Runtime.OutOfMemory"
        case Ending.TOO_LARGE:
            return "Function.ResponseSizeTooLarge"
        case _:
            return ""


def _explanation(spec: FunctionSpec, invocation: Invocation, phase: Phase) -> str:
    if phase.ending is Ending.TIMED_OUT:
        return platform_log.timeout_line(invocation.request_id, spec.timeout_s)
    if phase.ending in {Ending.EXITED, Ending.OUT_OF_MEMORY}:
        exit_code = phase.exit_code if phase.ending is Ending.EXITED else -9
        return platform_log.exit_lines(invocation.request_id, exit_code, _type_for_report(phase))
    return ""


def _report(spec: FunctionSpec, invocation: Invocation, phase: Phase, init: Phase | None) -> str:
    failed_at_work = phase.ending is Ending.FAILED and init is None and phase.error_type.startswith("Runtime.")
    status = {
        Ending.TIMED_OUT: "timeout",
        Ending.EXITED: "error",
        Ending.OUT_OF_MEMORY: "error",
        Ending.TOO_LARGE: "error",
    }.get(phase.ending, "error" if failed_at_work else "")
    used_mb = -(-phase.peak_bytes // _MB)
    report = platform_log.Report(
        invocation.request_id,
        phase.duration_ms,
        spec.memory_mb,
        spec.memory_mb if phase.ending is Ending.OUT_OF_MEMORY else min(used_mb, spec.memory_mb),
        init_ms=init.duration_ms if init else None,
        status=status,
        error_type=_type_for_report(phase) if status else "",
        trace_header=invocation.trace_header,
    )
    return str(report)
