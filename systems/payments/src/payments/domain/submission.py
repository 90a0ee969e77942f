"""Submitting a payment or refund: start its execution, wait a bounded time, tell how it stands.

The execution's name is the id, so the same request can be sent any number of times. While waiting, the payment's
record is asked rather than the execution: a consistent read of one item scales with the table, and DescribeExecution
has a small quota per account. The execution is asked only when the record can't tell.
"""

import json
import statistics
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from groundwork.deadline import Deadline
from groundwork.executions import ExecutionExists, ExecutionFailed, Executions, ExecutionsUnavailable, ExecutionView
from groundwork.instants import instant, moment_of

from payments.domain.errors import IdempotencyConflict
from payments.domain.payment import CLOSED, Failure, Payment, PaymentRequest, Status
from payments.domain.store import Store

# Looks at a record before its execution is asked, too: some 1.5 s after its end was expected. Payments that only wait
# for a slow gateway must not use DescribeExecution's quota up.
_ASK_EXECUTION_EVERY = 12


@dataclass
class Pace:
    """When to look: first when half of the executions are over, then at growing intervals.

    Learns from the records themselves (created to updated), not from when it looked, so it can't drift upwards.
    """

    first_s: float = 0.05
    growth: float = 1.6
    step_s: float = 0.012
    step_max_s: float = 0.25
    # A few cold starts or a slow hour must not make everybody wait for long.
    samples_min: int = 9
    first_max_s: float = 0.4
    _durations_s: deque[float] = field(default_factory=lambda: deque(maxlen=31))

    def pauses(self) -> Iterator[float]:
        """Yield the seconds to wait before each look."""
        yield self.expected_s()
        step_s = self.step_s
        while True:
            yield step_s
            step_s = min(self.step_max_s, step_s * self.growth)

    def expected_s(self) -> float:
        """Return the median duration of what was seen lately, within sensible bounds."""
        if len(self._durations_s) < self.samples_min:
            return self.first_s
        return min(self.first_max_s, max(0.01, statistics.median(self._durations_s) + 0.003))

    def learn(self, payment: Payment) -> None:
        """Take note of how long a payment took to complete; a failure comes early or very late, and teaches nothing."""
        if payment.status is not Status.COMPLETED:
            return
        duration = moment_of(payment.updated_at) - moment_of(payment.created_at)
        self._durations_s.append(max(0.0, duration.total_seconds()))


@dataclass(frozen=True)
class PaymentDesk:
    """Takes payments in. `sleep` waits; the wait ends at the deadline, whatever the execution does."""

    store: Store
    executions: Executions
    pace: Pace
    sleep: Callable[[float], None]

    def submit(self, request: PaymentRequest, deadline: Deadline, *, wait: bool) -> Payment:
        """Start the payment, or find the one started before; returns how it stands, closed or not.

        Raises IdempotencyConflict when the id was used with other content, and what the execution failed with when
        it failed before there was a record.
        """
        started = self._start(request)
        if started is None:
            return self._submitted_before(request, deadline, wait=wait)
        pending = Payment.requested(request, created_at=started[1], execution_arn=started[0])
        return self._await(request, pending, deadline) if wait else pending

    def standing(self, payment_id: str) -> Payment | None:
        """Return a payment, also in the moment between its start and its record; None when it never was."""
        if payment := self.store.payment(payment_id):
            return payment
        execution = self.executions.describe(payment_id)
        if execution is None or execution.status != "RUNNING":
            # It may have been recorded since the first look.
            return self.store.payment(payment_id)
        return _pending(execution)

    def _start(self, request: PaymentRequest) -> tuple[str, str] | None:
        try:
            return self.executions.start(request.payment_id, request.canonical())
        except ExecutionExists:
            return None

    def _submitted_before(self, request: PaymentRequest, deadline: Deadline, *, wait: bool) -> Payment:
        payment = self._recorded(request)
        if payment and payment.status in CLOSED:
            return payment
        execution = self.executions.describe(request.payment_id)
        if execution is None:
            raise ExecutionsUnavailable(f"execution {request.payment_id} exists and can't be described")
        if not payment and execution.input != request.canonical():
            raise IdempotencyConflict(f"payment {request.payment_id} exists with other content")
        if execution.status == "RUNNING":
            pending = payment or _pending(execution)
            return self._await(request, pending, deadline) if wait else pending
        return self._ended(request, execution, payment)

    def _await(self, request: PaymentRequest, pending: Payment, deadline: Deadline) -> Payment:
        latest = pending
        for look, pause_s in enumerate(self.pace.pauses(), start=1):
            if deadline.remaining_s() <= pause_s:
                return latest
            self.sleep(pause_s)
            payment = self._recorded(request)
            if payment and payment.status in CLOSED:
                self.pace.learn(payment)
                return payment
            latest = payment or latest
            if (payment is None and look > 1) or look % _ASK_EXECUTION_EVERY == 0:
                execution = self.executions.describe(request.payment_id)
                if execution and execution.status != "RUNNING":
                    return self._ended(request, execution, latest)
        raise AssertionError("the pauses never end")

    def _ended(self, request: PaymentRequest, execution: ExecutionView, known: Payment | None) -> Payment:
        """The execution is over: the record tells how, or its error does, or it was parked and goes on later."""
        payment = self._recorded(request) or known
        if payment and (payment.status in CLOSED or execution.error == "ChargeUnresolved"):
            return payment
        raise failure_of(execution)

    def _recorded(self, request: PaymentRequest) -> Payment | None:
        payment = self.store.payment(request.payment_id)
        # Names of executions may be used again after 90 days; the record remembers for ever.
        if payment and payment.request_hash != request.request_hash:
            raise IdempotencyConflict(f"payment {request.payment_id} exists with other content")
        return payment


def failure_of(execution: ExecutionView) -> ExecutionFailed:
    """Return what an execution failed with."""
    failure = Failure.from_cause({"Error": execution.error, "Cause": execution.cause})
    return ExecutionFailed(execution.error, failure.code, failure.message)


def _pending(execution: ExecutionView) -> Payment:
    request = PaymentRequest.from_state(json.loads(execution.input))
    started_at = instant(moment_of(execution.started_at))
    return Payment.requested(request, created_at=started_at, execution_arn=execution.arn)
