"""The ways that executions took through a state machine: executions of one way are told together."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from harness.report.kept import ExecutionTrace, StepRecord
from harness.report.model.instants import between_ms
from harness.report.model.machine import Machine


@dataclass(frozen=True, slots=True)
class Passage:
    """One edge as an execution took it; `order` counts from 1, `is_caught` when an error led this way."""

    order: int
    source: str
    target: str
    is_caught: bool
    error: str = ""


@dataclass(frozen=True)
class Way:
    """A way, the execution that is told of it (the slowest), and how many took it."""

    machine: str
    status: str
    error: str
    told: ExecutionTrace
    passages: tuple[Passage, ...]
    names: tuple[str, ...]

    @property
    def steps(self) -> tuple[StepRecord, ...]:
        """The states of the execution that is told."""
        return self.told.steps

    @property
    def took_ms(self) -> float | None:
        """Milliseconds from the first state's begin to the last one's end; None while it runs."""
        return took_ms(self.told)

    @property
    def attempts(self) -> int:
        """How many attempts were made beyond the first ones."""
        return sum(step.attempts - 1 for step in self.steps)

    def is_plain(self, machine: Machine | None) -> bool:
        """Tell whether there is nothing to see: it succeeded without an error, a retry, or a detour."""
        detour = machine is not None and any(step.state in machine.detours for step in self.steps)
        return self.status == "SUCCEEDED" and not detour and not any(step.failures for step in self.steps)


def ways_of(executions: Iterable[ExecutionTrace]) -> list[Way]:
    """Return the ways, the most troubled first."""
    together: dict[tuple[object, ...], list[ExecutionTrace]] = {}
    for trace in executions:
        way = tuple((step.state, step.attempts, step.failures) for step in trace.steps)
        together.setdefault((trace.machine, trace.status, trace.error, way), []).append(trace)
    ways = []
    for several in together.values():
        told = max(several, key=lambda trace: took_ms(trace) or 0.0)
        names = tuple(trace.name for trace in several)
        ways.append(Way(told.machine, told.status, told.error, told, _passages(told), names))
    return sorted(ways, key=lambda way: (way.status == "SUCCEEDED", -way.attempts, -len(way.steps)))


def took_ms(trace: ExecutionTrace) -> float | None:
    """Return the milliseconds that an execution spent in its states; None when it did not leave the last one."""
    if not trace.steps:
        return None
    # A Fail state is entered and never left: it ends there and then.
    last = trace.steps[-1]
    ended_at = last.left_at or (last.entered_at if trace.status != "RUNNING" else "")
    return between_ms(trace.steps[0].entered_at, ended_at)


def _passages(trace: ExecutionTrace) -> tuple[Passage, ...]:
    found = []
    for order, (step, following) in enumerate(pairwise(trace.steps), start=1):
        # Every attempt failed and the execution went on: a Catch took it.
        caught = len(step.failures) >= step.attempts
        error = step.failures[-1] if caught else ""
        found.append(Passage(order, step.state, following.state, caught, error))
    return tuple(found)
