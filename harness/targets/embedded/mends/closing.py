"""Mend: an execution ends once, does nothing more after its end, and ends by TimeoutSeconds.

Wrong: a machine's TimeoutSeconds is ignored; a stopped execution whose task fails later turns from ABORTED to FAILED;
branches and retries of a stopped execution go on calling functions.
AWS: after StopExecution or the machine's TimeoutSeconds nothing more is scheduled, and a closed execution never changes
(documented, API_StopExecution and "State machine structure": an execution that runs longer than TimeoutSeconds fails
with a States.Timeout; DescribeExecution then says TIMED_OUT).
Mended: whatever a thread of a closed execution adds to the history is refused as States.Runtime, which no Retry or
Catch takes (mend `retries`), so the thread ends; it may first finish the call it is in. The clock of TimeoutSeconds is
the real one: SFN_WAIT_SCALE does not shorten it.
Left out: TimeoutSeconds of a StartSyncExecution that waits; its caller gets the answer when the wait is over.
"""

import contextvars
import json
import threading
from typing import Any

from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Function, Mend, Symbol

RUN = Symbol(STEP_FUNCTIONS, "_run_execution", "996dff84e0e0605a")
FAIL = Symbol(STEP_FUNCTIONS, "_fail_execution", "e6da895fa0b74cdd")
STOP = Symbol(STEP_FUNCTIONS, "_stop_execution", "44d2d84ccd5c9702")
ADD_EVENT = Symbol(STEP_FUNCTIONS, "_add_event", "b1db143ccd21809d")
EMIT = Symbol(STEP_FUNCTIONS, "_emit_execution_status_event", "9c89e45693e353eb")

CLOSING_EVENTS = frozenset({"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"})
_closing = threading.RLock()  # re-entrant: a status event may lead to another execution's end


def _open_only(original: Function) -> Function:
    engine = ADD_EVENT.module()

    def add_event(execution: dict[str, Any], event_type: str, details: Any = None) -> Any:
        if execution.get("status") != "RUNNING" and event_type not in CLOSING_EVENTS:
            raise engine._ExecutionError("States.Runtime", f"the execution is {execution['status']}")
        return original(execution, event_type, details)

    return add_event


def _once(original: Function) -> Function:
    def fail_execution(execution: dict[str, Any], error: str, cause: str) -> None:
        with _closing:
            if execution["status"] == "RUNNING":
                original(execution, error, cause)

    return fail_execution


def _within_timeout(original: Function) -> Function:
    engine = RUN.module()

    def run_execution(exec_arn: str) -> None:
        execution = engine._executions.get(exec_arn)
        timeout_s = _timeout_s(engine, execution) if execution else None
        if timeout_s is None:
            original(exec_arn)
            return
        in_this_account = contextvars.copy_context()
        timer = threading.Timer(timeout_s, in_this_account.run, (_time_out, engine, execution, timeout_s))
        timer.daemon = True
        timer.start()
        try:
            original(exec_arn)
        finally:
            timer.cancel()

    return run_execution


def _timeout_s(engine: Any, execution: dict[str, Any]) -> float | None:
    machine = engine._state_machines.get(execution["stateMachineArn"])
    if not machine or "TimeoutSeconds" not in machine["definition"]:
        return None
    try:
        timeout_s = json.loads(machine["definition"]).get("TimeoutSeconds")
    except (ValueError, AttributeError):
        return None
    return float(timeout_s) if isinstance(timeout_s, int | float) else None


def _time_out(engine: Any, execution: dict[str, Any], timeout_s: float) -> None:
    with _closing:
        if execution["status"] != "RUNNING":
            return
        execution.update(
            status="TIMED_OUT",
            stopDate=engine.now_iso(),
            error="States.Timeout",
            cause=f"State Machine Timed Out: the execution ran longer than {timeout_s:g} seconds",
        )
        details = {"error": execution["error"], "cause": execution["cause"]}
        engine._add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": details})
    engine._emit_execution_status_event(execution)


def _apply() -> None:
    ADD_EVENT.wrap(_open_only)
    FAIL.wrap(_once)
    RUN.wrap(_within_timeout)


MEND = Mend(name="closing", touches=(RUN, FAIL, ADD_EVENT), relies_on=(STOP, EMIT), apply=_apply)
