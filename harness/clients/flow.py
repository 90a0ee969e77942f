"""An execution as a story: which states ran, how long each took, what was retried, how it ended.

Reads the events of Step Functions' GetExecutionHistory (source: its API reference, HistoryEvent; verified against the
engine) as boto3 returns them, a few at a time, so that a running execution can be followed.
"""

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
_ATTEMPT_FAILED = ("TaskFailed", "LambdaFunctionFailed", "TaskTimedOut", "LambdaFunctionTimedOut")
_ATTEMPT_BEGAN = ("TaskScheduled", "LambdaFunctionScheduled")


@dataclass(frozen=True, slots=True)
class Transition:
    """One thing that happened. `kind` is running, success, failed, attempt_failed, retry or ended."""

    kind: str
    state: str
    at: datetime
    took_ms: float = 0.0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One visit of one state. `failures` are the errors of its attempts, `left_at` None while it runs."""

    state: str
    entered_at: datetime
    left_at: datetime | None
    attempts: int
    failures: tuple[str, ...]

    def __str__(self) -> str:
        end = f"{(self.left_at - self.entered_at).total_seconds() * 1000:.0f} ms" if self.left_at else "not left"
        tries = f", {self.attempts} attempts" if self.attempts > 1 else ""
        errors = f" ({', '.join(self.failures)})" if self.failures else ""
        return f"{self.entered_at:%H:%M:%S.%f} {self.state}: {end}{tries}{errors}"


@dataclass(slots=True)
class Flow:
    """The transitions of one execution so far; feed it events in order, each of them once."""

    transitions: list[Transition] = field(default_factory=list)
    outcome: str = "RUNNING"
    error: str = ""
    cause: str = ""
    _state: str = ""
    _entered_at: datetime | None = None
    _failed_attempts: int = 0

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
        """The visits of states so far, in order, the one that still lasts included."""
        visits: list[list[Transition]] = []
        for one in self.transitions:
            if one.kind == "running":
                visits.append([])
            if visits and one.kind != "ended":
                visits[-1].append(one)
        return [_step(visit) for visit in visits]

    @property
    def took_ms(self) -> float:
        """Milliseconds from the first transition to the last."""
        if not self.transitions:
            return 0.0
        return (self.transitions[-1].at - self.transitions[0].at).total_seconds() * 1000

    def _take(self, event: Mapping[str, Any]) -> None:
        kind, at = str(event["type"]), event["timestamp"]
        if kind.endswith("StateEntered"):
            self._state = event["stateEnteredEventDetails"]["name"]
            self._entered_at, self._failed_attempts = at, 0
            self._add("running", at)
        elif kind.endswith("StateExited"):
            # A state that ends after a failed attempt and no further one was caught, not done.
            caught = self._failed_attempts > 0 and self.transitions[-1].kind == "attempt_failed"
            self._add("failed" if caught else "success", at, took_ms=self._since(at))
        elif kind in _ATTEMPT_FAILED:
            details = _details(event)
            self._failed_attempts += 1
            self._add("attempt_failed", at, detail=str(details.get("error", kind)))
        elif kind in _ATTEMPT_BEGAN and self._failed_attempts:
            self._add("retry", at, detail=f"attempt {self._failed_attempts + 1}")
        elif kind in _ENDINGS:
            self._end(_ENDINGS[kind], event, at)

    def _end(self, outcome: str, event: Mapping[str, Any], at: datetime) -> None:
        details = _details(event)
        self.outcome = outcome
        self.error, self.cause = str(details.get("error") or ""), str(details.get("cause") or "")
        if self.transitions and self.transitions[-1].kind == "attempt_failed":
            self._add("failed", at, took_ms=self._since(at))
        self._add("ended", at, detail=self.error)

    def _add(self, kind: str, at: datetime, **more: Any) -> None:
        self.transitions.append(Transition(kind, self._state, at, **more))

    def _since(self, at: datetime) -> float:
        return (at - self._entered_at).total_seconds() * 1000 if self._entered_at else 0.0


def _step(visit: list[Transition]) -> Step:
    first, last = visit[0], visit[-1]
    return Step(
        state=first.state,
        entered_at=first.at,
        left_at=last.at if last.kind in ("success", "failed") else None,
        attempts=1 + sum(one.kind == "retry" for one in visit),
        failures=tuple(one.detail for one in visit if one.kind == "attempt_failed"),
    )


def _details(event: Mapping[str, Any]) -> Mapping[str, Any]:
    for key, value in event.items():
        if key.endswith("EventDetails") and isinstance(value, Mapping):
            return value
    return {}
