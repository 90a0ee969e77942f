"""Walks a state machine's definition with the real handlers, as far as the systems' definitions go.

Retries don't wait, they move the clock. A handler's exception is known by its class's name, as Lambda tells it; a
crash is Runtime.ExitError. Knows Task, Choice of equal strings, Succeed, Fail, Retry, Catch, Parameters,
ResultSelector, ResultPath and OutputPath.
"""

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

SYSTEMS = Path(__file__).resolve().parents[2] / "systems"
STARTED_AT = "2026-11-21T10:00:00.000000Z"
LAMBDA, SQS = "arn:aws:states:::lambda:invoke", "arn:aws:states:::sqs:sendMessage"


class Crash(BaseException):
    """The process ended here. No `except Exception` may survive it."""


class Clock(Protocol):
    """Time that a retry moves."""

    def advance(self, seconds: float) -> None: ...


def definitions(system: str) -> Path:
    """Return the folder of a system's state machines."""
    return SYSTEMS / system / "statemachine"


def definition(system: str, name: str) -> dict[str, Any]:
    """Return a state machine's definition."""
    document: dict[str, Any] = json.loads((definitions(system) / f"{name}.asl.json").read_text())
    return document


@dataclass
class Run:
    """How an execution ended: its status, error, output, the states it went through and what it parked."""

    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    output: Any = None
    states: list[str] = field(default_factory=list)
    parked: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Machine:
    """A definition with the functions that it calls, by the name of their placeholder."""

    states: dict[str, Any]
    functions: Mapping[str, Callable[[dict[str, Any]], Any]]
    clock: Clock
    tasks_max: int = 200
    started_at: str = STARTED_AT

    def run(self, start_at: str, document: Mapping[str, Any], name: str) -> Run:
        run, state, following = Run(), copy.deepcopy(dict(document)), start_at
        context = {"$$.Execution.Id": f"arn:aws:states:x:1:execution:flow:{name}"}
        context["$$.Execution.StartTime"] = self.started_at
        for _ in range(self.tasks_max):
            run.states.append(following)
            spec = self.states[following]
            if spec["Type"] == "Fail":
                run.status = "FAILED"
                run.error = spec.get("Error") or _path(state, spec["ErrorPath"])
                run.cause = spec.get("Cause") or _path(state, spec["CausePath"])
                return run
            if spec["Type"] == "Succeed":
                run.status, run.output = "SUCCEEDED", _path(state, spec.get("OutputPath", "$"))
                return run
            if spec["Type"] == "Choice":
                following = _chosen(spec, state)
                continue
            result, caught = self._attempts(spec, state, context, run)
            if caught is not None:
                state = _placed(state, caught["ResultPath"], result)
                following = caught["Next"]
                continue
            if "ResultSelector" in spec:
                result = _filled(spec["ResultSelector"], result, context)
            if spec.get("End"):
                run.status, run.output = "SUCCEEDED", _path(result, spec.get("OutputPath", "$"))
                return run
            state = _placed(state, spec["ResultPath"], result)
            following = spec["Next"]
        raise AssertionError(f"no end after {self.tasks_max} states: {run.states[-10:]}")

    def _attempts(self, spec: Any, state: Any, context: Any, run: Run) -> tuple[Any, Any]:
        parameters = _filled(spec["Parameters"], state, context)
        left = [retrier["MaxAttempts"] for retrier in spec["Retry"]]
        while True:
            try:
                return self._call(spec, parameters, run), None
            except (Exception, Crash) as error:  # noqa: BLE001 - told to the machine by its name
                name = "Runtime.ExitError" if isinstance(error, Crash) else type(error).__name__
                cause = json.dumps({"errorType": name, "errorMessage": str(error)})
            chosen = next((n for n, one in enumerate(spec["Retry"]) if _matches(one, name)), None)
            if chosen is not None and left[chosen]:
                left[chosen] -= 1
                self.clock.advance(spec["Retry"][chosen]["IntervalSeconds"])
                continue
            caught = next((one for one in spec.get("Catch", []) if _matches(one, name)), None)
            assert caught is not None, f"{name} is not caught: {cause}"
            return {"Error": name, "Cause": cause}, caught

    def _call(self, spec: Any, parameters: Any, run: Run) -> Any:
        if spec["Resource"] == SQS:
            run.parked.append(json.loads(json.dumps(parameters["MessageBody"])))
            return {"MessageId": "m-1"}
        assert spec["Resource"] == LAMBDA
        function = self.functions[parameters["FunctionName"].strip("${}")]
        answer = function(json.loads(json.dumps(parameters["Payload"])))
        return {"Payload": json.loads(json.dumps(answer))}


def _matches(rule: Any, name: str) -> bool:
    names = rule["ErrorEquals"]
    return name in names or "States.ALL" in names or ("States.TaskFailed" in names and name != "States.Timeout")


def _chosen(spec: Any, state: Any) -> str:
    for one in spec["Choices"]:
        if _path(state, one["Variable"]) == one["StringEquals"]:
            return str(one["Next"])
    return str(spec["Default"])


def _path(document: Any, path: str) -> Any:
    for part in path.removeprefix("$").strip(".").split("."):
        document = document[part] if part else document
    return document


def _filled(template: Any, state: Any, context: Mapping[str, str]) -> Any:
    if not isinstance(template, dict):
        return template
    filled = {}
    for name, value in template.items():
        if name.endswith(".$"):
            filled[name[:-2]] = context[value] if value.startswith("$$") else _path(state, value)
        else:
            filled[name] = _filled(value, state, context)
    return filled


def _placed(state: Any, path: str, result: Any) -> Any:
    return {**state, path.removeprefix("$."): result}
