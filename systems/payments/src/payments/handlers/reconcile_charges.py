"""Queue `unresolved-charges`: finish payments and refunds that their state machines had to leave open.

In: messages {"kind": "payment" | "refund", "execution": {…}, "state": {…}}; out: the messages that failed, which the
queue delivers again after its visibility timeout, and moves to the dead-letter queue after its maximum.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from groundwork.deadline import Deadline, LambdaContext
from groundwork.observability import count, logger, tracer
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
    """Work through a batch; a message that fails doesn't keep the others from being finished."""
    failed = [
        {"itemIdentifier": record["messageId"]} for record in event["Records"] if not _finished(record, deps, deadline)
    ]
    return {"batchItemFailures": failed}


def _finished(record: Mapping[str, Any], cashier: Cashier, deadline: Deadline) -> bool:
    try:
        message = json.loads(record["body"])
        task = Task.parse({**message, "operation": "Reconcile"})
        with task_line(task) as line:
            ended = _finish(str(message["kind"]), task, cashier, deadline)
            line.add(status=ended)
    except Exception:  # noqa: BLE001 - logged, and delivered again
        # Whatever it is: the message stays in the queue, and its content out of the log.
        logger.exception("a parked message is not finished", extra={"messageId": record["messageId"]})
        count("ReconcileFailed")
        return False
    count("Reconciled", ended=ended)
    return True


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
