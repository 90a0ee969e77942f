"""Queue `unresolved-charges`: finish payments and refunds that their state machines had to leave open.

In: messages {"kind": "payment" | "refund", "execution": {…}, "state": {…}}; out: the messages that failed, see
`groundwork.parked`.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer
from groundwork.parked import work_through
from groundwork.settings import Environment

from payments.adapters import wiring
from payments.adapters.tasks import Task, task_line
from payments.domain import reconciliation
from payments.domain.charging import Cashier


@cache
def dependencies() -> Cashier:
    """Build the cashier: the first invoke does, warm ones reuse it."""
    return wiring.cashier(Environment.current())


def handle(event: dict[str, Any], deps: Cashier, deadline: Deadline) -> dict[str, Any]:
    """Work through a batch."""

    def finish(message: Mapping[str, Any]) -> str:
        task = Task.parse({**message, "operation": "Reconcile"})
        with task_line(task) as line:
            ended = _finish(str(message["kind"]), task, deps, deadline)
            line.add(status=ended)
        return ended

    return work_through(event, finish)


def _finish(kind: str, task: Task, cashier: Cashier, deadline: Deadline) -> str:
    match kind:
        case "payment":
            return reconciliation.finish_payment(cashier, task.payment, task.execution, task.failure, deadline)
        case "refund":
            return reconciliation.finish_refund(cashier, task.refund, deadline)
        case _:
            raise ValueError(f"a message of kind {kind!r} can't be reconciled")


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=1_000))
