"""Tasks of the deposit's and the cancellation's state machines: HoldSlot, TakeDeposit, AskDeposit, ConfirmBooking, and
ReleaseBooking, CancelBooking, RefundDeposit, MarkRefunded.

In {operation, execution, state}; out how the booking stands, {payment_id} of a deposit that was taken, or {error,
cause} of a release. Errors are named for what comes next; see `booking.domain.deposit_errors`.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import logger, tracer
from groundwork.settings import Environment

from booking.adapters.deposit_tasks import DepositTask, task_line
from booking.adapters.deposit_wiring import deposit_steps
from booking.domain.booking import Booking
from booking.domain.deposit_steps import UNAVAILABLE, DepositSteps, Held
from booking.domain.errors import BookingClosed, DepositDeclined


@cache
def dependencies() -> DepositSteps:
    """Build the steps: the first invoke does, warm ones reuse them."""
    return deposit_steps(Environment.current())


def handle(event: dict[str, Any], deps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    """Do one step."""
    task = DepositTask.parse(event)
    with task_line(task) as line:
        answer = _operate(task, deps, deadline)
        line.add(status=answer.get("status"), deposit_status=answer.get("deposit_status"))
        return answer


def _operate(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    try:
        operate = OPERATIONS[task.operation]
    except KeyError:
        raise ValueError(f"operation {task.operation!r} is not one of this function") from None
    return operate(task, steps, deadline)


def _hold(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    return _told(steps.hold(task.request, deadline))


def _take(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    return {"payment_id": steps.take(_held(task, steps), deadline).payment_id}


def _ask(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    return {"payment_id": steps.ask(_held(task, steps), deadline).payment_id}


def _confirm(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    payment_id = str(task.state["taken"]["payment_id"])
    return _told(steps.confirm(task.tenant_id, task.booking_id, payment_id, deadline))


def _cancel(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    return _told(steps.cancel(task.tenant_id, task.booking_id, task.reason, deadline))


def _refund(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    steps.refund(task.tenant_id, task.booking_id, deadline)
    return {"booking_id": task.booking_id}


def _mark_refunded(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    return _told(steps.mark_refunded(task.tenant_id, task.booking_id, deadline))


def _release(task: DepositTask, steps: DepositSteps, deadline: Deadline) -> dict[str, Any]:
    failure = task.failure
    declined = failure.message if failure and failure.name == DepositDeclined.__name__ else ""
    told = _told(steps.release(task.tenant_id, task.booking_id, declined, deadline))
    # The execution fails with these.
    if failure and failure.name in (DepositDeclined.__name__, BookingClosed.__name__):
        return told | {"error": failure.name, "cause": f"{failure.code}: {failure.message}"}
    return told | {"error": "DepositUnavailable", "cause": f"{UNAVAILABLE}: the deposit could not be asked for"}


def _held(task: DepositTask, steps: DepositSteps) -> Held:
    return task.held(task.started_at + timedelta(seconds=steps.policy.hold_s))


def _told(booking: Booking) -> dict[str, Any]:
    return {
        "booking_id": booking.booking_id,
        "status": str(booking.status),
        "deposit_status": str(booking.deposit_status),
    }


OPERATIONS: dict[str, Callable[[DepositTask, DepositSteps, Deadline], dict[str, Any]]] = {
    "HoldSlot": _hold,
    "TakeDeposit": _take,
    "AskDeposit": _ask,
    "ConfirmBooking": _confirm,
    "ReleaseBooking": _release,
    "CancelBooking": _cancel,
    "RefundDeposit": _refund,
    "MarkRefunded": _mark_refunded,
}


@tracer.capture_lambda_handler(capture_response=False)
@logger.inject_lambda_context(clear_state=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Entry point of AWS Lambda."""
    return handle(event, dependencies(), Deadline.from_context(context, reserve_ms=500))
