"""How long each state took, over all executions of a run."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.report.kept import ExecutionTrace
from harness.report.model.instants import between_ms
from harness.report.model.machine import Machine
from harness.report.model.ways import took_ms

# The targets that a live payment is watched by: each state, and the whole flow.
STATE_TARGET_MS = 2_000.0
FLOW_TARGET_MS = 10_000.0
WHOLE_FLOW = "whole flow"


@dataclass(frozen=True, slots=True)
class Spread:
    """The durations of one state, sorted, in milliseconds; `state` is "" for the whole flow of the machine."""

    machine: str
    state: str
    samples_ms: tuple[float, ...]
    target_ms: float

    @property
    def name(self) -> str:
        """What a row is called."""
        return self.state or WHOLE_FLOW

    @property
    def over_target(self) -> int:
        """How many took longer than the target."""
        return sum(sample > self.target_ms for sample in self.samples_ms)

    def quantile_ms(self, share: float) -> float:
        """Return the smallest duration that `share` of the samples don't exceed (nearest rank)."""
        return self.samples_ms[max(math.ceil(share * len(self.samples_ms)), 1) - 1]


def latency_by_state(executions: Iterable[ExecutionTrace], machines: Mapping[str, Machine]) -> list[Spread]:
    """Return a spread for every machine's whole flow and each of its states, in the order of their first visit.

    Only executions that were not left running count, and visits that were left. A Fail state does nothing, so it has
    no latency.
    """
    samples: dict[tuple[str, str], list[float]] = {}
    for trace in executions:
        whole = took_ms(trace)
        if whole is not None:
            samples.setdefault((trace.machine, ""), []).append(whole)
        for step in trace.steps:
            took = between_ms(step.entered_at, step.left_at)
            if took is not None and not _is_fail(machines.get(trace.machine), step.state):
                samples.setdefault((trace.machine, step.state), []).append(took)
    names = list(dict.fromkeys(machine for machine, _ in samples))
    ordered = sorted(samples, key=lambda key: names.index(key[0]))
    return [
        Spread(machine, state, tuple(sorted(samples[(machine, state)])), STATE_TARGET_MS if state else FLOW_TARGET_MS)
        for machine, state in ordered
    ]


def _is_fail(machine: Machine | None, state: str) -> bool:
    return machine is not None and state in machine.states and machine.states[state].kind == "Fail"
