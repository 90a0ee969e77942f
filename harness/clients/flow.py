"""An execution as a story: which states ran, how long each took, what was retried, how it ended.

Reads the events of Step Functions' GetExecutionHistory (source: its API reference, HistoryEvent; verified against the
engine) as boto3 returns them, a few at a time, so that a running execution can be followed. Branches that run beside
each other are told apart by `previousEventId` (documented), and by the state's name where that does not help.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_ENDINGS = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionTimedOut": "TIMED_OUT",
    "ExecutionAborted": "ABORTED",
}
_ATTEMPT_FAILED = (
    *("TaskFailed", "TaskTimedOut", "TaskStartFailed", "TaskSubmitFailed"),
    *("LambdaFunctionFailed", "LambdaFunctionTimedOut", "LambdaFunctionStartFailed", "LambdaFunctionScheduleFailed"),
    *("ActivityFailed", "ActivityTimedOut", "ActivityScheduleFailed"),
)
_ATTEMPT_BEGAN = ("TaskScheduled", "LambdaFunctionScheduled", "ActivityScheduled")
_TIMED_OUT = "States.Timeout"


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing that happened. `kind` is running, success, failed, attempt_failed, retry or ended.

    `form` is the state's type (Task, Wait, Fail ...), `after_catch` whether it came after a Catch took over.
    """

    kind: str
    state: str
    at: datetime
    took_ms: float = 0.0
    detail: str = ""
    cause: str = ""
    attempt: int = 1
    form: str = "Task"
    after_catch: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of one state. `failures` are the errors of its attempts, `left_at` None while it runs."""

    state: str
    entered_at: datetime
    left_at: datetime | None
    attempts: int
    failures: tuple[str, ...]
    form: str = "Task"
    result: str = "running"
    after_catch: bool = False
    cause: str = ""

    @property
    def took_ms(self) -> float:
        """Milliseconds from entering to leaving; 0 while it runs."""
        return _ms(self.entered_at, self.left_at) if self.left_at else 0.0

    def __str__(self) -> str:
        end = f"{self.took_ms:.0f} ms" if self.left_at else "not left"
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        errors = f" ({', '.join(self.failures)})" if self.failures else ""
        return f"{self.entered_at:%H:%M:%S.%f} {self.state}: {end}{tries}{errors}"


@dataclass(slots=True, eq=False)
class _Visit:
    """A visit of a state while it is being told. `failing` says that its last attempt failed and none began since."""

    state: str
    form: str
    entered_at: datetime
    after_catch: bool
    attempts: int = 1
    failures: list[str] = field(default_factory=list)
    cause: str = ""
    failing: bool = False
    left_at: datetime | None = None
    result: str = "running"

    def step(self) -> Step:
        return Step(
            self.state,
            self.entered_at,
            self.left_at,
            self.attempts,
            tuple(self.failures),
            form=self.form,
            result=self.result,
            after_catch=self.after_catch,
            cause=self.cause,
        )


@dataclass(slots=True)
class Flow:
    """The transitions of one execution so far; feed it events in order, each of them once."""

    transitions: list[Transition] = field(default_factory=list)
    outcome: str = "RUNNING"
    error: str = ""
    cause: str = ""
    _visits: list[_Visit] = field(default_factory=list)
    _open: list[_Visit] = field(default_factory=list)
    _visit_by_event: dict[int, _Visit] = field(default_factory=dict)
    _caught: bool = False

    def feed(self, events: Iterable[Mapping[str, Any]]) -> list[Transition]:
        """Take further events; return the transitions that they bring."""
        before = len(self.transitions)
        for event in events:
            self._take(event)
        return self.transitions[before:]

    @property
    def states(self) -> list[Transition]:
        """The states that ended, in order, with their durations."""
        return [one for one in self.transitions if one.kind in ("success", "failed")]

    @property
    def steps(self) -> list[Step]:
        """The visits of states so far, in order, those that still last included."""
        return [visit.step() for visit in self._visits]

    @property
    def current(self) -> Step | None:
        """The state that runs now, the one that was entered last when there are several; None when none does."""
        return self._open[-1].step() if self._open else None

    @property
    def took_ms(self) -> float:
        """Milliseconds from the first transition to the last."""
        return _ms(self.transitions[0].at, self.transitions[-1].at) if self.transitions else 0.0

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, at = str(event["type"]), event["timestamp"]
        visit = self._visit_of(event, kind)
        if kind.endswith("StateEntered"):
            visit = self._enter(event, kind.removesuffix("StateEntered"), at)
        elif kind in _ENDINGS:
            self._end(_ENDINGS[kind], event, at)
        elif kind == "ExecutionRedriven":
            self.outcome, self.error, self.cause = "RUNNING", "", ""
        elif visit is not None:
            self._go_on(visit, event, kind, at)
        if visit is not None and "id" in event:
            self._visit_by_event[int(event["id"])] = visit

    def _enter(self, event: Mapping[str, Any], form: str, at: datetime) -> _Visit:
        visit = _Visit(str(_details(event)["name"]), form, at, self._caught)
        self._visits.append(visit)
        self._open.append(visit)
        self._add("running", visit, at)
        return visit

    def _go_on(self, visit: _Visit, event: Mapping[str, Any], kind: str, at: datetime) -> None:
        if kind.endswith("StateExited"):
            # A state that ends after a failed attempt and no further one was caught, not done.
            self._caught = self._caught or visit.failing
            self._leave(visit, at)
        elif kind in _ATTEMPT_FAILED:
            details = _details(event)
            error = str(details.get("error") or (_TIMED_OUT if kind.endswith("TimedOut") else kind))
            visit.failing, visit.cause = True, _readable(str(details.get("cause") or ""))
            visit.failures.append(error)
            self._add("attempt_failed", visit, at, detail=error, cause=visit.cause)
        elif kind in _ATTEMPT_BEGAN and visit.failing:
            visit.failing = False
            visit.attempts += 1
            self._add("retry", visit, at, detail=f"attempt {visit.attempts}")

    def _leave(self, visit: _Visit, at: datetime) -> None:
        self._open.remove(visit)
        visit.left_at, visit.result = at, "failed" if visit.failing else "success"
        why = {"detail": visit.failures[-1], "cause": visit.cause} if visit.failing else {}
        self._add(visit.result, visit, at, took_ms=_ms(visit.entered_at, at), **why)

    def _end(self, outcome: str, event: Mapping[str, Any], at: datetime) -> None:
        details = _details(event)
        self.outcome = outcome
        self.error, self.cause = str(details.get("error") or ""), _readable(str(details.get("cause") or ""))
        last = self._visits[-1] if self._visits else None
        for visit in reversed([*self._open]):
            # A Fail state is never left; nor is the one in which an execution fails, is aborted or times out.
            visit.failing = True
            visit.failures = visit.failures or [self.error or outcome]
            visit.cause = visit.cause or self.cause
            self._leave(visit, at)
        state, form = (last.state, last.form) if last else ("", "")
        self.transitions.append(Transition("ended", state, at, detail=self.error, cause=self.cause, form=form))

    def _visit_of(self, event: Mapping[str, Any], kind: str) -> _Visit | None:
        """Return the visit that an event belongs to: its predecessor's, unless that has another name or is over."""
        name = str(_details(event).get("name", "")) if kind.endswith("StateExited") else ""
        before = self._visit_by_event.get(int(event.get("previousEventId") or 0))
        candidates = [*reversed(self._open)] if before is None or before.left_at else [before, *reversed(self._open)]
        return next((one for one in candidates if name in ("", one.state)), None)

    def _add(self, kind: str, visit: _Visit, at: datetime, **more: Any) -> None:
        known: dict[str, Any] = {"attempt": visit.attempts, "form": visit.form, "after_catch": visit.after_catch}
        self.transitions.append(Transition(kind, visit.state, at, **known, **more))


def _ms(start_at: datetime, end_at: datetime) -> float:
    return (end_at - start_at).total_seconds() * 1000


def _readable(cause: str) -> str:
    """Return a cause without what only Lambda's own log needs: of its JSON, the message alone."""
    try:
        document = json.loads(cause)
    except ValueError:
        return cause
    return str(document.get("errorMessage") or cause) if isinstance(document, dict) else cause


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, value in event.items():
        if key.endswith("EventDetails") and isinstance(value, Mapping):
            return value
    return {}
