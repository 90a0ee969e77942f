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


def numbered(*events: dict[str, Any]) -> list[dict[str, Any]]:
    """Give events their ids; `after` is the place of the one before, by default the previous one."""
    return [{"previousEventId": place, **one, "id": place + 1} for place, one in enumerate(events)]


def test_branches_are_told_apart_when_they_run_beside_each_other() -> None:
    flow = Flow()

    flow.feed(
        numbered(
            entered("Debit", 0),
            entered("Notify", 1) | {"previousEventId": 0},
            event("TaskScheduled", 2) | {"previousEventId": 1},
            event("TaskFailed", 5, error="Boom") | {"previousEventId": 3},
            exited("Notify", 6) | {"previousEventId": 2},
            exited("Debit", 7) | {"previousEventId": 4},
        )
    )

    assert [(one.kind, one.state, one.took_ms) for one in flow.states] == [
        ("success", "Notify", 5.0), ("failed", "Debit", 7.0)
    ]  # fmt: skip


def test_visits_are_told_apart_by_chain_when_states_have_one_name() -> None:
    flow = Flow()

    flow.feed(
        numbered(
            entered("Each", 0),
            entered("Each", 10) | {"previousEventId": 0},
            exited("Each", 30) | {"previousEventId": 1},
            exited("Each", 50) | {"previousEventId": 2},
        )
    )

    assert [step.took_ms for step in flow.steps] == [30.0, 40.0]


def test_way_back_is_known_when_a_catch_took_over() -> None:
    flow = Flow()

    flow.feed([entered("Charge", 0), event("TaskFailed", 5, error="PaymentDeclined"), exited("Charge", 6)])
    flow.feed([entered("Compensate", 7), exited("Compensate", 9)])

    assert [(step.state, step.after_catch, step.result) for step in flow.steps] == [
        ("Charge", False, "failed"), ("Compensate", True, "success")
    ]  # fmt: skip


def test_fail_state_is_failed_when_the_execution_ends_in_it() -> None:
    flow = Flow()

    flow.feed([event("FailStateEntered", 0, form="S", name="Refused"), event("ExecutionFailed", 1, error="No")])

    assert [(step.state, step.form, step.result, step.failures) for step in flow.steps] == [
        ("Refused", "Fail", "failed", ("No",))
    ]
    assert flow.current is None


def test_state_failed_when_the_execution_is_cut_off_in_it() -> None:
    for ending, outcome in (("ExecutionAborted", "ABORTED"), ("ExecutionTimedOut", "TIMED_OUT")):
        flow = Flow()
        flow.feed([entered("Charge", 0), event(ending, 900)])

        assert (flow.outcome, flow.steps[0].result, flow.steps[0].failures) == (outcome, "failed", (outcome,))


def test_error_is_a_timeout_when_the_event_names_none() -> None:
    flow = Flow()

    flow.feed([entered("Charge", 0), event("LambdaFunctionTimedOut", 900)])

    assert flow.transitions[-1].detail == "States.Timeout"


def test_message_alone_is_kept_when_the_cause_is_lambdas_document() -> None:
    flow = Flow()
    cause = '{"errorMessage": "no funds", "errorType": "InsufficientFunds", "stackTrace": ["secret"]}'

    flow.feed([entered("Debit", 0), event("TaskFailed", 5, error="InsufficientFunds", cause=cause)])

    assert flow.transitions[-1].cause == "no funds"


def test_current_state_is_the_one_that_was_not_left() -> None:
    flow = Flow()
    flow.feed([entered("Debit", 0), exited("Debit", 5), entered("Charge", 6)])

    assert flow.current is not None
    assert flow.current.state == "Charge"


def test_execution_runs_again_when_it_is_redriven() -> None:
    flow = Flow()
    flow.feed([entered("Charge", 0), event("ExecutionFailed", 6, error="Boom")])

    flow.feed([event("ExecutionRedriven", 900), entered("Charge", 901)])

    assert (flow.outcome, flow.error) == ("RUNNING", "")
