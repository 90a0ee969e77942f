"""How a payment is waited for: by its record; its execution, of which few may be asked, only when it is late."""

from dataclasses import replace

import pytest
from groundwork.deadline import Deadline
from payments.domain.payment import Payment, Status
from payments.domain.submission import Pace, PaymentDesk

from tests.systems.machine import STARTED_AT
from tests.systems.payments.fakes import MemoryExecutions, MemoryStore, request


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


def test_first_look_comes_when_half_of_the_executions_are_over():
    pace, payment = Pace(), Payment.requested(request(), created_at=STARTED_AT, execution_arn="arn")
    completed = replace(payment, status=Status.COMPLETED)
    for duration_ms in (40, 80, 60) * 3:
        pace.learn(replace(completed, updated_at=f"2026-11-21T10:00:00.{duration_ms * 1000:06d}Z"))

    pauses = pace.pauses()

    assert next(pauses) == pytest.approx(0.063)
    following = [next(pauses) for _ in range(12)]
    assert following == sorted(following)
    assert following[-1] == pace.step_max_s


@pytest.mark.parametrize(("count", "status"), [(8, Status.COMPLETED), (50, Status.FAILED)])
def test_first_look_comes_early_when_too_little_is_known(count, status):
    pace, payment = Pace(), Payment.requested(request(), created_at=STARTED_AT, execution_arn="arn")
    for _ in range(count):
        pace.learn(replace(payment, status=status, updated_at="2026-11-21T10:00:09.000000Z"))

    assert pace.expected_s() == pace.first_s
