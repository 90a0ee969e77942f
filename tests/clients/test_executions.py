"""Executions are told state by state, with attempts and errors."""

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.clients.executions import Executions

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeStepFunctions:
    """Answers with a history of events; "gone" does not exist."""

    class exceptions:  # noqa: N801 - boto3's own name
        class ExecutionDoesNotExist(Exception):
            pass

    def __init__(self, *events: dict[str, Any], **described: Any) -> None:
        self.events = [{"timestamp": START + timedelta(seconds=number), **one} for number, one in enumerate(events)]
        self.described = {"status": "RUNNING", "startDate": START, **described}

    def describe_execution(self, executionArn: str) -> dict[str, Any]:  # noqa: N803
        if executionArn.endswith(":gone"):
            raise self.exceptions.ExecutionDoesNotExist
        return self.described

    def get_paginator(self, name: str) -> "FakeStepFunctions":
        assert name == "get_execution_history"
        return self

    def paginate(self, executionArn: str, PaginationConfig: object) -> Any:  # noqa: N803
        if executionArn.endswith(":gone"):
            raise self.exceptions.ExecutionDoesNotExist
        assert executionArn == "arn:aws:states:us-east-1:1:execution:payment-flow:pay-1"
        yield {"events": self.events[:3]}
        yield {"events": self.events[3:]}


def entered(state: str) -> dict[str, Any]:
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": state}}


def failed(error: str) -> dict[str, Any]:
    return {"type": "TaskFailed", "taskFailedEventDetails": {"error": error}}


EXITED, SCHEDULED = {"type": "TaskStateExited"}, {"type": "TaskScheduled"}
RETRIED = (
    {"type": "ExecutionStarted"},
    entered("DebitWallet"),
    SCHEDULED,
    EXITED,
    entered("ProcessPayment"),
    SCHEDULED,
    failed("GatewayUnavailable"),
    SCHEDULED,
)


def executions(client: FakeStepFunctions) -> Executions:
    return Executions(client, "arn:aws:states:us-east-1:1:stateMachine:payment-flow")


def test_steps_are_told_when_a_state_was_tried_again() -> None:
    debit, charge = executions(FakeStepFunctions(*RETRIED)).steps("pay-1")

    assert str(debit) == "00:00:01.000000 DebitWallet: 2000 ms"
    assert (charge.state, charge.attempts, charge.failures) == ("ProcessPayment", 2, ("GatewayUnavailable",))
    assert str(charge).endswith("ProcessPayment: not left, 2 attempts (GatewayUnavailable)")


def test_execution_is_told_in_one_line() -> None:
    client = FakeStepFunctions(*RETRIED)

    assert executions(client).told("pay-1") == "RUNNING in ProcessPayment, attempt 2"


def test_error_is_told_when_the_execution_failed() -> None:
    client = FakeStepFunctions(*RETRIED, status="FAILED", error="PaymentDeclined", stopDate=START)

    assert executions(client).told("pay-1").endswith("error PaymentDeclined")


def test_nothing_is_told_when_there_is_no_execution() -> None:
    client = FakeStepFunctions()

    assert executions(client).find("gone") is None
    assert executions(client).told("gone") == "none"
    assert executions(client).steps("gone") == []
