"""Executions are told state by state, with attempts and errors."""

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.clients.executions import NEWS_PAGE, Executions, events_after

START = datetime(2026, 1, 1, tzinfo=UTC)


class FakeStepFunctions:
    """Answers with a history of events; "gone" does not exist."""

    class exceptions:  # noqa: N801 - boto3's own name
        class InvalidArn(Exception):
            pass

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


class History:
    """A history that grows; `asked` are the sizes of the pages that were read."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.asked: list[int] = []

    def get_execution_history(self, **asked: Any) -> dict[str, Any]:
        assert asked["includeExecutionData"] is False
        numbers = [*range(1, self.length + 1)]
        ordered = numbers[::-1] if asked["reverseOrder"] else numbers
        start, end = int(asked.get("nextToken", 0)), int(asked.get("nextToken", 0)) + asked["maxResults"]
        self.asked.append(len(ordered[start:end]))
        token = {"nextToken": str(end)} if end < len(ordered) else {}
        return {"events": [{"id": number} for number in ordered[start:end]], **token}


def ids(events: list[Any]) -> list[int]:
    return [event["id"] for event in events]


def test_all_events_are_read_when_none_is_known() -> None:
    assert ids(events_after(History(2500), "arn", 0)) == [*range(1, 2501)]


def test_only_news_are_read_when_the_history_is_long() -> None:
    history = History(20_003)

    assert ids(events_after(history, "arn", 20_000)) == [20_001, 20_002, 20_003]
    assert sum(history.asked) <= NEWS_PAGE


def test_every_new_event_is_read_when_there_are_more_than_a_page() -> None:
    news = 3 * NEWS_PAGE + 1

    assert ids(events_after(History(5000 + news), "arn", 5000)) == [*range(5001, 5001 + news)]


def test_nothing_is_read_when_nothing_is_new() -> None:
    assert events_after(History(50), "arn", 50) == []
