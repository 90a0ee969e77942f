"""What the deposits' machines and queue hand to a function: the operation, the execution, and the state so far."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from groundwork.executions import Caught
from groundwork.instants import moment_of
from groundwork.observability import OperationLine, operation_line

from booking.domain.booking import BookingRequest
from booking.domain.deposit_steps import Held
from booking.domain.deposits import request_of


@dataclass(frozen=True, slots=True)
class DepositTask:
    """One call: {"operation", "execution": {"arn", "started_at"}, "state": {"tenant_id", "booking_id", …}}."""

    operation: str
    execution_arn: str
    started_at: datetime
    state: Mapping[str, Any]

    @classmethod
    def parse(cls, event: Mapping[str, Any]) -> "DepositTask":
        """Read a task's event."""
        execution = event["execution"]
        started_at = moment_of(str(execution["started_at"]))
        return cls(str(event["operation"]), str(execution["arn"]), started_at, event["state"])

    @property
    def tenant_id(self) -> str:
        """Whose booking it is."""
        return str(self.state["tenant_id"])

    @property
    def booking_id(self) -> str:
        """Which booking it is about."""
        return str(self.state["booking_id"])

    @property
    def request(self) -> BookingRequest:
        """The booking that was asked for."""
        return request_of(self.state)

    @property
    def reason(self) -> str:
        """Why a booking is cancelled."""
        return str(self.state.get("reason") or "")

    @property
    def failure(self) -> Caught | None:
        """What the state machine caught last; None when that was no error of this system."""
        caught = self.state.get("failure") or {}
        return Caught.read(str(caught.get("Error") or ""), str(caught.get("Cause") or ""))

    def held(self, until: datetime) -> Held:
        """Return the booking whose deposit is being settled, with the card that its request names."""
        deposit = self.request.deposit
        return Held(self.tenant_id, self.booking_id, until, deposit.card if deposit else None)


def task_line(task: DepositTask) -> AbstractContextManager[OperationLine]:
    """Return the context that logs one line about a task, under its booking."""
    return operation_line(
        task.operation,
        task.booking_id,
        tenant_id=task.tenant_id,
        booking_id=task.booking_id,
        execution=task.execution_arn.rpartition(":")[2],
    )
