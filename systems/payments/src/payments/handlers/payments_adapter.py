"""Tasks `ProcessPayment`, `ResolveCharge` and `ReverseCharge`: everything that is asked of the card gateway.

In {operation, execution, state}; out {gateway_ref, charged_at}, or {refund_ref} of a reversal.
Fails PaymentDeclined, ChargeNotFound: compensate. ChargeMismatch: reverse first. GatewayUnavailable, StoreUnavailable:
retry. CircuitOpen: fail fast. ChargeUnknown: resolve, never compensate.
"""

from dataclasses import asdict
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from payments.adapters import wiring
from payments.adapters.tasks import Task, task_line
from payments.domain.charging import Cashier


@cache
def dependencies() -> Cashier:
    """Build the cashier: the first invoke does, warm ones reuse it."""
    return wiring.cashier(Environment.current())


def handle(event: dict[str, Any], deps: Cashier, deadline: Deadline) -> dict[str, Any]:
    """Do one operation at the gateway."""
    task = Task.parse(event)
    with task_line(task) as line:
        answer = _operate(task, deps, deadline)
        line.add(gateway_ref=answer.get("gateway_ref"))
        return answer


def _operate(task: Task, cashier: Cashier, deadline: Deadline) -> dict[str, Any]:
    match task.operation:
        case "ProcessPayment":
            return asdict(cashier.charge(task.payment, deadline))
        case "ResolveCharge":
            return asdict(cashier.resolve(task.payment, deadline))
        case "ReverseCharge":
            return {"refund_ref": cashier.reverse(task.payment, deadline)}
        case unknown:
            raise ValueError(f"operation {unknown!r} is not one of this function")


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
