"""Submitting a refund: start its execution, wait a bounded time, tell how it stands.

A refund that was accepted is always finished, by its execution or by reconciliation, so "not yet" is PENDING.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from groundwork.deadline import Deadline
from groundwork.executions import ExecutionExists, Executions, ExecutionsUnavailable, ExecutionView

from payments.domain.errors import IdempotencyConflict, PaymentNotRefundable
from payments.domain.events import REFUND
from payments.domain.payment import PAID, Payment
from payments.domain.refunds import RefundRequest, refusal_of
from payments.domain.store import Store
from payments.domain.submission import failure_of


@dataclass(frozen=True, slots=True)
class RefundStanding:
    """How a refund stands; `settled` is what its execution told at the end, None while it is under way."""

    refund_id: str
    settled: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class RefundDesk:
    """Takes refunds in; there are few of them, so their executions are asked directly."""

    store: Store
    executions: Executions
    sleep: Callable[[float], None]

    def submit(self, request: RefundRequest, payment: Payment, deadline: Deadline, *, wait: bool) -> RefundStanding:
        """Start a refund, or find the one started before; raises what it failed with, IdempotencyConflict."""
        document = request.canonical()
        if payment.status not in PAID:
            raise PaymentNotRefundable(f"payment {payment.payment_id} is {payment.status}, expected COMPLETED")
        try:
            self.executions.start(request.refund_id, document)
        except ExecutionExists:
            execution = self._described(request)
            if json.loads(execution.input) != json.loads(document):
                raise IdempotencyConflict(f"refund {request.refund_id} exists with other content") from None
            if execution.status != "RUNNING":
                return self._ended(request, execution)
        return self._await(request, deadline) if wait else RefundStanding(request.refund_id)

    def _await(self, request: RefundRequest, deadline: Deadline) -> RefundStanding:
        pause_s = 0.03
        while deadline.remaining_s() > pause_s:
            self.sleep(pause_s)
            execution = self._described(request)
            if execution.status != "RUNNING":
                return self._ended(request, execution)
            pause_s = min(0.5, pause_s * 1.5)
        return RefundStanding(request.refund_id)

    def _ended(self, request: RefundRequest, execution: ExecutionView) -> RefundStanding:
        if execution.status == "SUCCEEDED":
            return RefundStanding(request.refund_id, json.loads(execution.output))
        if execution.error != "RefundUnresolved":
            raise failure_of(execution)
        recorded = self.store.event(request.event_id("settled"))
        if recorded is None:
            return RefundStanding(request.refund_id)
        if recorded.event_type != REFUND:
            raise refusal_of(recorded)
        data = recorded.data
        return RefundStanding(
            request.refund_id,
            {
                "refund_id": request.refund_id,
                "payment_id": request.payment_id,
                "amount_minor": data["amount"],
                "currency": data["currency"],
                "payment_status": data["status"],
                "refunded_minor": data["refunded_amount"],
            },
        )

    def _described(self, request: RefundRequest) -> ExecutionView:
        execution = self.executions.describe(request.refund_id)
        if execution is None:
            raise ExecutionsUnavailable(f"execution {request.refund_id} was started and can't be described")
        return execution
