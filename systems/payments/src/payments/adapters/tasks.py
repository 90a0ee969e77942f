"""What the state machines hand to a function: the operation, the execution, and the state so far."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from groundwork.instants import instant, moment_of
from groundwork.observability import OperationLine, operation_line

from payments.domain.invoices import Execution
from payments.domain.payment import Failure, PaymentRequest
from payments.domain.refunds import RefundRequest


@dataclass(frozen=True, slots=True)
class Task:
    """One call by a state machine: {"operation", "execution": {"arn", "started_at"}, "state": {…}}."""

    operation: str
    execution: Execution
    state: Mapping[str, Any]

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "Task":
        """Read a task's event."""
        execution = event.get("execution") or {}
        started_at = str(execution.get("started_at") or "")
        return cls(
            operation=str(event["operation"]),
            execution=Execution(str(execution.get("arn") or ""), instant(moment_of(started_at)) if started_at else ""),
            state=event["state"],
        )

    @property
    def payment(self) -> PaymentRequest:
        """The payment that was asked for."""
        return PaymentRequest.from_state(self.state)

    @property
    def refund(self) -> RefundRequest:
        """The refund that was asked for."""
        return RefundRequest.from_state(self.state)

    @property
    def failure(self) -> Failure:
        """What the state machine caught."""
        return Failure.from_cause(self.state.get("failure") or {})


def task_line(task: Task) -> AbstractContextManager[OperationLine]:
    """Return the context that logs one line about a task, under its execution's name."""
    state = task.state
    return operation_line(
        task.operation,
        task.execution.arn.rpartition(":")[2] or str(state.get("payment_id", "")),
        user_id=state.get("user_id"),
        payment_id=state.get("payment_id"),
        refund_id=state.get("refund_id"),
        amount_minor=state.get("amount_minor"),
        currency=state.get("currency"),
    )
