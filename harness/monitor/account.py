"""The account of one execution: what happened, what it cost, where it failed, and what to do about that."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.clients.flow import Flow, Step
from harness.monitor.advice import advice
from harness.monitor.subject import REFUND, Subject
from harness.monitor.witnesses import GatewayCalls

# The payments system's own targets: each state, and the whole flow.
STATE_MS_MAX = 2000.0
FLOW_MS_MAX = 10_000.0
# States that only route: they take no time, and are neither told nor counted.
ROUTING = ("Choice", "Pass", "Succeed")
SUCCEEDED = "SUCCEEDED"


@dataclass(frozen=True)
class Account:
    """One execution in the end, or so far. Balances are texts, such as `950.00 USD`."""

    subject: Subject
    flow: Flow
    payment: Mapping[str, Any]
    initial_balance: str
    final_balance: str
    gateway: GatewayCalls = field(default_factory=GatewayCalls)

    @cached_property
    def steps(self) -> list[Step]:
        """The visits of the states that do something, the final Fail state included."""
        return [step for step in self.flow.steps if step.form not in ROUTING]

    @property
    def executed(self) -> list[Step]:
        """The visits of Task states: those that count as executed."""
        return [step for step in self.steps if step.form == "Task"]

    @property
    def took_ms(self) -> float:
        """Milliseconds that the whole flow took so far."""
        return self.flow.took_ms

    @property
    def succeeded(self) -> bool:
        """Whether the execution ended well."""
        return self.flow.outcome == SUCCEEDED

    @property
    def status(self) -> str:
        """The payment's status, or the refund's; the execution's own when nothing was recorded."""
        if self.subject.flow == REFUND:
            return {SUCCEEDED: "COMPLETED"}.get(self.flow.outcome, self.flow.outcome)
        return str(self.payment.get("status") or self.flow.outcome)

    @property
    def way_back(self) -> list[str]:
        """The states that were reached after a Catch took over, in order."""
        return [step.state for step in self.steps if step.after_catch]

    @property
    def failed_in(self) -> Step | None:
        """The first state that failed; None when none did, or when the execution ended well all the same."""
        if self.succeeded:
            return None
        return next((step for step in self.steps if step.result == "failed"), None)

    @property
    def failure(self) -> str:
        """Where and why it failed: `ProcessPayment: PaymentDeclined: card_declined ...`; "" when it did not."""
        if self.succeeded or self.flow.outcome == "RUNNING":
            return ""
        where = self.failed_in.state if self.failed_in else ""
        return ": ".join(filter(None, (where, self.flow.error or self.flow.outcome, self.flow.cause)))

    @property
    def advice(self) -> str:
        """What to do about the failure; "" without one."""
        if not self.failure:
            return ""
        step = self.failed_in
        errors = (self.flow.error, *(reversed(step.failures) if step else ()), self.flow.outcome)
        return advice(errors, step.state if step else "", self.subject)

    @property
    def slow(self) -> list[str]:
        """What took longer than its target, one sentence each."""
        found = [
            f"{step.state} took {step.took_ms / 1000:.1f} s, the target is below {STATE_MS_MAX / 1000:.0f} s"
            for step in self.executed
            if step.took_ms >= STATE_MS_MAX
        ]
        if self.took_ms >= FLOW_MS_MAX:
            found.append(f"the flow took {self.took_ms / 1000:.1f} s, the target is below {FLOW_MS_MAX / 1000:.0f} s")
        return found

    def to_json(self) -> dict[str, Any]:
        """Return everything as JSON-ready values."""
        return {
            "payment": dict(self.payment) or None,
            "execution": self._execution(),
            "initial_balance": self.initial_balance,
            "final_balance": self.final_balance,
            "states": [_state(step) for step in self.steps],
            "states_executed": len(self.executed),
            "took_ms": round(self.took_ms, 1),
            "compensation": self.way_back,
            "gateway_calls": [dict(call) for call in self.gateway.calls],
            "transitions": [_transition(one) for one in self.flow.transitions],
            "warnings": [*self.slow, *([self.gateway.problem] if self.gateway.problem else [])],
        }

    def _execution(self) -> dict[str, Any]:
        return {
            "name": self.subject.name,
            "arn": self.subject.arn,
            "flow": self.subject.flow,
            "started_at": self.subject.started_at.isoformat(),
            "outcome": self.flow.outcome,
            "error": self.flow.error,
            "cause": self.flow.cause,
            "failed_in": self.failed_in.state if self.failed_in else "",
            "advice": self.advice,
        }


def _state(step: Step) -> dict[str, Any]:
    return {
        "state": step.state,
        "result": step.result,
        "took_ms": round(step.took_ms, 1),
        "type": step.form,
        "attempts": step.attempts,
        "failures": list(step.failures),
        "compensation": step.after_catch,
    }


def _transition(one: Any) -> dict[str, Any]:
    told = {"kind": one.kind, "state": one.state, "at": one.at.isoformat()}
    more = {"took_ms": round(one.took_ms, 1), "detail": one.detail, "cause": one.cause}
    return told | {name: value for name, value in more.items() if value}
