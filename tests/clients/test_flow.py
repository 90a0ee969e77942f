"""An execution's history becomes a story of states."""

from datetime import UTC, datetime, timedelta
from typing import Any

from harness.clients.flow import Flow

START_AT = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind: str, at_ms: int, **details: Any) -> dict[str, Any]:
    key = {"S": "stateEnteredEventDetails", "X": "stateExitedEventDetails"}.get(
        details.pop("form", ""), "taskEventDetails"
    )
    return {"type": kind, "timestamp": START_AT + timedelta(milliseconds=at_ms), key: details}


def entered(name: str, at_ms: int) -> dict[str, Any]:
    return event("TaskStateEntered", at_ms, form="S", name=name)


def exited(name: str, at_ms: int) -> dict[str, Any]:
    return event("TaskStateExited", at_ms, form="X", name=name)


def kinds(flow: Flow) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in flow.transitions]


def test_states_succeed_in_order_with_their_times_when_all_goes_well() -> None:
    flow = Flow()

    flow.feed([entered("Debit", 0), event("TaskScheduled", 1), exited("Debit", 30)])
    fresh = flow.feed([entered("Charge", 31), exited("Charge", 50), event("ExecutionSucceeded", 50)])

    assert [one.kind for one in fresh] == ["running", "success", "ended"]
    assert [(one.state, one.took_ms) for one in flow.states] == [("Debit", 30.0), ("Charge", 19.0)]
    assert (flow.outcome, flow.took_ms) == ("SUCCEEDED", 50.0)


def test_retry_is_told_when_a_second_attempt_begins() -> None:
    flow = Flow()

    flow.feed([entered("Charge", 0), event("TaskScheduled", 0), event("TaskFailed", 5, error="GatewayUnavailable")])
    flow.feed([event("TaskScheduled", 1005), exited("Charge", 1010)])

    assert kinds(flow) == [
        ("running", "Charge"), ("attempt_failed", "Charge"), ("retry", "Charge"), ("success", "Charge")
    ]  # fmt: skip
    assert flow.transitions[1].detail == "GatewayUnavailable"
    assert flow.transitions[2].detail == "attempt 2"


def test_state_failed_when_its_error_was_caught() -> None:
    flow = Flow()

    flow.feed([entered("Charge", 0), event("TaskFailed", 5, error="PaymentDeclined"), exited("Charge", 6)])
    flow.feed([entered("Compensate", 7), exited("Compensate", 9)])

    assert [(one.kind, one.state) for one in flow.states] == [("failed", "Charge"), ("success", "Compensate")]


def test_execution_failed_with_its_error_when_nothing_caught_it() -> None:
    flow = Flow()

    flow.feed([entered("Debit", 0), event("LambdaFunctionFailed", 5, error="Boom")])
    flow.feed([event("ExecutionFailed", 6, error="Boom", cause="why")])

    assert (flow.outcome, flow.error, flow.cause) == ("FAILED", "Boom", "why")
    assert kinds(flow)[-2:] == [("failed", "Debit"), ("ended", "Debit")]
