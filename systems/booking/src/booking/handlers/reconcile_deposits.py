"""Queue `unresolved-deposits`: finish deposits and cancellations that their state machines had to leave open.

In: messages {"kind": "deposit" | "cancellation", "execution": {…}, "state": {"tenant_id", "booking_id", "reason"?}};
out: the messages that failed, see `groundwork.parked`.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer
from groundwork.parked import work_through
from groundwork.settings import Environment

from booking.adapters.deposit_tasks import DepositTask, task_line
from booking.adapters.deposit_wiring import deposit_steps
from booking.domain.deposit_reconciliation import finish_cancellation, finish_deposit
from booking.domain.deposit_steps import DepositSteps, Held


@cache
def dependencies() -> DepositSteps:
    """Build the steps: the first invoke does, warm ones reuse them."""
    return deposit_steps(Environment.current())


def handle(event: dict[str, Any], deps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    """Work through a batch."""

    def finish(message: Mapping[str, Any]) -> str:
        task = DepositTask.parse({**message, "operation": "Reconcile"})
        with task_line(task) as line:
            ended = _finish(str(message["kind"]), task, deps, deadline)
            line.add(status=ended)
        return ended

    return work_through(event, finish)


def _finish(kind: str, task: DepositTask, steps: DepositSteps, deadline: Deadline) -> str:
    match kind:
        case "deposit":
            until = task.started_at + timedelta(seconds=steps.policy.hold_s)
            return finish_deposit(steps, Held(task.tenant_id, task.booking_id, until), deadline)
        case "cancellation":
            return finish_cancellation(steps, task.tenant_id, task.booking_id, task.reason, deadline)
        case _:
            raise ValueError(f"a message of kind {kind!r} can't be reconciled")


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
