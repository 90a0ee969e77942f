"""How a payment is waited for: by its record; its execution, of which few may be asked, only when it is late."""

from dataclasses import replace

import pytest
from payments.domain.deadline import Deadline
from payments.domain.payment import Payment, Status
from payments.domain.submission import Pace, PaymentDesk

from tests.systems.payments.fakes import STARTED_AT, MemoryExecutions, MemoryStore, request


class Waiting:
    """A payment that is recorded at once and complete after so many seconds of waiting."""

    def __init__(self, complete_after_s: float, *, recorded: bool = True) -> None:
        self.store, self.executions = MemoryStore(), MemoryExecutions()
        self.desk = PaymentDesk(self.store, self.executions, Pace(), self.sleep)
        self._complete_after_s, self._slept_s = complete_after_s, 0.0
        if recorded:
            self._record(Status.PROCESSING)

    def sleep(self, seconds: float) -> None:
        self._slept_s += seconds
        if self._slept_s >= self._complete_after_s:
            self._record(Status.COMPLETED)

    def submit(self) -> Payment:
        return self.desk.submit(request(), Deadline.after(60), wait=True)

    def _record(self, status: Status) -> None:
        first = Payment.requested(request(), created_at=STARTED_AT, execution_arn="arn")
        self.store.payments[first.payment_id] = replace(first, status=status)


@pytest.mark.parametrize("complete_after_s", [0.1, 0.75, 1.4])
def test_execution_is_not_asked_when_a_gateway_is_only_slow(complete_after_s: float) -> None:
    waiting = Waiting(complete_after_s)

    assert waiting.submit().status is Status.COMPLETED
    assert waiting.executions.described == 0


def test_execution_is_asked_now_and_then_when_a_payment_is_late() -> None:
    waiting = Waiting(8.0)

    assert waiting.submit().status is Status.COMPLETED
    assert 1 <= waiting.executions.described <= 4


def test_execution_is_asked_soon_when_there_is_no_record() -> None:
    waiting = Waiting(0.1, recorded=False)

    assert waiting.submit().status is Status.COMPLETED
    assert waiting.executions.described >= 1
