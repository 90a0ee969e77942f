"""Mend: GetExecutionHistory tells order, tasks and timeouts the way AWS does.

Wrong: no event has a `previousEventId`; threads of a Parallel or Map may give one id twice; a Lambda task looks like
any other; `resource` is the whole ARN; nothing says that a task started or timed out.
AWS (documented, API_HistoryEvent): ids grow from 1; `previousEventId` names the event that led to this one, 0 for the
first two; a task whose Resource is a function's ARN has LambdaFunction* events, others Task* events with resourceType
and resource (`lambda`, `invoke`); a timed-out one ends in …TimedOut. Timestamps have milliseconds, as in the engine.
Left out: `parameters` of TaskScheduled, the events of states inside Parallel and Map, activities' own events.
"""

import contextvars
import threading
from typing import Any

from harness.targets.embedded.mends.symbols import STEP_FUNCTIONS, Function, Mend, Symbol

ADD_EVENT = Symbol(STEP_FUNCTIONS, "_add_event", "b1db143ccd21809d")
RUN_TASK = Symbol(STEP_FUNCTIONS, "_execute_task", "53c818d247dba62c")

_numbering = threading.Lock()
# Branches run in copies of their parent's context, so each goes on from the event that they branched at.
_last_event: contextvars.ContextVar[tuple[str, int]] = contextvars.ContextVar("last_event", default=("", 0))


def _as_aws_tells_it(original: Function) -> Function:
    engine = ADD_EVENT.module()

    def add(execution: dict[str, Any], event_type: str, details: dict[str, Any] | None) -> Any:
        with _numbering:
            event = original(execution, event_type, details)
        execution["events"][0].setdefault("previousEventId", 0)
        arn, previous_id = _last_event.get()
        if arn != execution["executionArn"]:
            previous_id = 0 if event["id"] == 2 else event["id"] - 1
        event["previousEventId"] = previous_id
        _last_event.set((execution["executionArn"], event["id"]))
        return event

    def add_event(execution: dict[str, Any], event_type: str, details: dict[str, Any] | None = None) -> Any:
        kind = _DETAILS.get(event_type)
        if kind is None or details is None:
            return add(execution, event_type, details)
        told_type, told = task_event(event_type, details[kind], engine.get_region())
        event = add(execution, told_type, told)
        if event_type == "TaskScheduled":
            event = add(execution, *_started(told_type, told))
        return event

    return add_event


_DETAILS = {
    "TaskScheduled": "taskScheduledEventDetails",
    "TaskSucceeded": "taskSucceededEventDetails",
    "TaskFailed": "taskFailedEventDetails",
}


def task_event(event_type: str, details: dict[str, Any], region: str) -> tuple[str, dict[str, Any]]:
    """Return the type and the details that AWS gives for an event of the engine's task."""
    ending = event_type.removeprefix("Task")
    if ending == "Failed" and details.get("error") == "States.Timeout":
        ending = "TimedOut"
    arn = details["resource"]
    rest = {key: value for key, value in details.items() if key not in ("resource", "resourceType")}
    if ":function:" in arn:
        named = {"resource": arn} if ending == "Scheduled" else {}
        return f"LambdaFunction{ending}", {f"lambdaFunction{ending}EventDetails": {**named, **rest}}
    resource_type, _, resource = arn.partition(":::")[2].rpartition(":")
    if ending == "Scheduled":
        rest["region"] = region
    known = {"resourceType": resource_type, "resource": resource} if resource_type else {"resource": arn}
    return f"Task{ending}", {f"task{ending}EventDetails": {**known, **rest}}


def _started(scheduled_type: str, scheduled: dict[str, Any]) -> tuple[str, dict[str, Any] | None]:
    if scheduled_type.startswith("LambdaFunction"):
        return "LambdaFunctionStarted", None
    details = scheduled["taskScheduledEventDetails"]
    named = {key: details[key] for key in ("resourceType", "resource") if key in details}
    return "TaskStarted", {"taskStartedEventDetails": named}


MEND = Mend(
    name="history_events",
    touches=(ADD_EVENT,),
    relies_on=(RUN_TASK,),
    apply=lambda: ADD_EVENT.wrap(_as_aws_tells_it),
)
