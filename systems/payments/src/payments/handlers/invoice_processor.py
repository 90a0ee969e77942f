"""Tasks `PaymentCreate`, `UpdatePaymentStatus` and `MarkFailed`: the payment's record and its status.

In {operation, execution, state}; out {payment_id, status, …}.
Fails IdempotencyConflict, PaymentClosed: final. PaymentContention, StoreUnavailable: retry.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.instants import Clock, utc_now
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from payments.adapters import wiring
from payments.adapters.tasks import Task, task_line
from payments.domain import invoices
from payments.domain.payment import Failure
from payments.domain.store import Store


@dataclass(frozen=True, slots=True)
class Dependencies:
    """What this function needs from outside."""

    store: Store
    clock: Clock

    @classmethod
    def from_environment(cls) -> "Dependencies":
        """Build them from this process's environment."""
        return cls(wiring.store(Environment.current()), utc_now)


dependencies = cache(Dependencies.from_environment)  # the first invoke builds, warm ones reuse


def handle(event: dict[str, Any], deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    """Do one operation on a payment's record."""
    task = Task.parse(event)
    with task_line(task) as line:
        answer = _operate(task, deps, deadline)
        line.add(status=answer["status"])
        return answer


def _operate(task: Task, deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    request = task.payment
    match task.operation:
        case "PaymentCreate":
            payment = invoices.create(deps.store, request, task.execution, deps.clock, deadline)
            return {"payment_id": payment.payment_id, "status": str(payment.status)}
        case "UpdatePaymentStatus":
            charge = task.state["charge"]
            ref, charged_at = str(charge["gateway_ref"]), str(charge["charged_at"])
            invoices.complete(deps.store, request, ref, charged_at, deps.clock, deadline)
            return {"payment_id": request.payment_id, "status": "COMPLETED", "gateway_ref": ref}
        case "MarkFailed":
            return _mark_failed(task, deps, deadline)
        case unknown:
            raise ValueError(f"operation {unknown!r} is not one of this function")


def _mark_failed(task: Task, deps: Dependencies, deadline: Deadline) -> dict[str, Any]:
    failed = invoices.mark_failed(deps.store, task.payment, task.execution, task.failure, deps.clock, deadline)
    failure = failed.failure or Failure("internal_error", "the payment failed", "PaymentNotProcessed")
    return {
        "payment_id": failed.payment_id,
        "status": str(failed.status),
        # The execution fails with these.
        "error": failure.error or "PaymentNotProcessed",
        "cause": f"{failure.code}: {failure.message}",
    }


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
