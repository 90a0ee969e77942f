"""Tasks `ReserveRefund`, `RefundCharge`, `CreditRefund` and `ReleaseRefund`.

In {operation, execution, state}; out the reservation, {refund_ref}, or what the client is told.
Fails RefundExceedsPayment, PaymentNotRefundable, PaymentNotFound, IdempotencyConflict, RefundRefused: final.
GatewayUnavailable, CircuitOpen, RefundUnknown, PaymentContention, StoreUnavailable: retry, then park.
"""

from dataclasses import asdict
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from payments.adapters import wiring
from payments.adapters.tasks import Task, task_line
from payments.domain import refunds
from payments.domain.charging import Cashier
from payments.domain.refunds import Reservation


@cache
def dependencies() -> Cashier:
    """Build the cashier: the first invoke does, warm ones reuse it."""
    return wiring.cashier(Environment.current())


def handle(event: dict[str, Any], deps: Cashier, deadline: Deadline) -> dict[str, Any]:
    """Do one step of a refund."""
    task = Task.parse(event)
    with task_line(task) as line:
        answer = _operate(task, deps, deadline)
        line.add(amount_minor=answer.get("amount_minor"), currency=answer.get("currency"))
        return answer


def _operate(task: Task, cashier: Cashier, deadline: Deadline) -> dict[str, Any]:
    store, clock, request = cashier.store, cashier.clock, task.refund
    if task.operation == "ReserveRefund":
        return asdict(refunds.reserve(store, request, clock, deadline))
    reservation = Reservation(**task.state["reservation"])
    match task.operation:
        case "RefundCharge":
            return {"refund_ref": refunds.give_back(cashier, reservation, deadline)}
        case "CreditRefund":
            return refunds.credit(store, request, reservation, task.state["refund"]["refund_ref"], clock, deadline)
        case "ReleaseRefund":
            failure = task.failure
            refunds.release(store, request, reservation, failure.message, clock, deadline)
            return {"error": failure.error or "RefundRefused", "cause": f"{failure.code}: {failure.message}"}
        case unknown:
            raise ValueError(f"operation {unknown!r} is not one of this function")


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
