"""What one test leaves besides its history: verdicts in full, the faults that it set, the ways its executions took.

Instants are ISO 8601 texts in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.checkers import Verdict
from harness.clients import Fault
from harness.clients.flow import Step


@dataclass(frozen=True, slots=True)
class VerdictRecord:
    """A verdict; `subject`, `what` and `evidence` are its first counterexample's, "" and nothing without one."""

    invariant: str
    checker: str
    validity: str
    reason: str = ""
    subject: str = ""
    what: str = ""
    evidence: Mapping[str, str] = field(default_factory=dict)
    counterexamples: int = 0

    @classmethod
    def of(cls, verdict: Verdict) -> "VerdictRecord":
        """Keep a verdict."""
        first = verdict.counterexample
        return cls(
            verdict.invariant,
            verdict.checker,
            verdict.validity,
            verdict.reason,
            first.subject if first else "",
            first.what if first else "",
            dict(first.evidence) if first else {},
            verdict.counterexamples,
        )


@dataclass(frozen=True, slots=True)
class FaultRecord:
    """A fault that was set: on what, from when to when ("" when it was never healed), and when it fired.

    A bounded number of firings is remembered, so `fired` may exceed the instants in `fired_at`. `place` is `gateway`,
    `aws` or `lambda`, and "" in what older runs left.
    """

    kind: str
    matched: Mapping[str, str] = field(default_factory=dict)
    rule: Mapping[str, str] = field(default_factory=dict)
    set_at: str = ""
    healed_at: str = ""
    fired: int = 0
    fired_at: tuple[str, ...] = ()
    place: str = ""

    @property
    def label(self) -> str:
        """What was broken in a few words: the kind, and the operation of a fault of AWS calls."""
        return f"{self.kind} of {self.matched.get('operation', '*')}" if self.place == "aws" else self.kind

    @classmethod
    def of(cls, fault: Fault) -> "FaultRecord":
        """Keep a fault that was set at some time."""
        firings = fault.firings
        limits = {name: str(value) for name, value in fault.rule.items() if name not in ("kind", "match")}
        return cls(
            str(fault.rule["kind"]),
            {name: str(value) for name, value in fault.rule.get("match", {}).items()},
            limits,
            fault.set_at.isoformat() if fault.set_at else "",
            fault.healed_at.isoformat() if fault.healed_at else "",
            firings.count,
            firings.instants,
            fault.place,
        )


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One visit of one state; `left_at` is "" when it was not left."""

    state: str
    entered_at: str
    left_at: str = ""
    attempts: int = 1
    failures: tuple[str, ...] = ()

    @classmethod
    def of(cls, step: Step) -> "StepRecord":
        """Keep a step of an execution."""
        left_at = step.left_at.isoformat() if step.left_at else ""
        return cls(step.state, step.entered_at.isoformat(), left_at, step.attempts, tuple(step.failures))


@dataclass(frozen=True, slots=True)
class ExecutionTrace:
    """One execution of a state machine with the states it went through."""

    machine: str
    name: str
    status: str
    error: str = ""
    steps: tuple[StepRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything of one test. `problem` says what could not be read, `executions_left_out` how many were too many."""

    node_id: str
    started_at: str
    ended_at: str = ""
    verdicts: tuple[VerdictRecord, ...] = ()
    unchecked: int = 0
    faults: tuple[FaultRecord, ...] = ()
    executions: tuple[ExecutionTrace, ...] = ()
    executions_left_out: int = 0
    problem: str = ""
