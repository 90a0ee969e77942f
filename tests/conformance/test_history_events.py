"""GetExecutionHistory: order, names, ids and times of what happened."""

from typing import Any

import pytest

from tests.conformance.cloud import Cloud, single

PUBLISH: dict[str, Any] = {
    "Type": "Task",
    "Resource": "arn:aws:states:::sqs:sendMessage",
    "ResultPath": None,
}
CHAIN_OF_ONE_TASK = [
    "ExecutionStarted",
    "TaskStateEntered",
    "TaskScheduled",
    "TaskStarted",
    "TaskSucceeded",
    "TaskStateExited",
    "ExecutionSucceeded",
]


def sending(cloud: Cloud) -> dict[str, Any]:
    return {**PUBLISH, "Parameters": {"QueueUrl": cloud.queue()[0], "MessageBody": "hello"}}


@pytest.mark.mended("history_events")
def test_each_event_names_the_one_before_when_states_follow_each_other(cloud: Cloud) -> None:
    execution = cloud.start(cloud.machine(single(sending(cloud))))
    cloud.closed(execution)

    events = cloud.history(execution)

    assert [event["type"] for event in events] == CHAIN_OF_ONE_TASK
    assert [event["id"] for event in events] == [1, 2, 3, 4, 5, 6, 7]
    assert [event["previousEventId"] for event in events] == [0, 0, 2, 3, 4, 5, 6]
    assert events[2]["taskScheduledEventDetails"]["resourceType"] == "sqs"
    assert events[2]["taskScheduledEventDetails"]["resource"] == "sendMessage"


def test_states_are_named_when_entered_and_exited(cloud: Cloud) -> None:
    execution = cloud.start(cloud.machine(single({"Type": "Pass"})), {"a": 1})
    described = cloud.closed(execution)

    entered, exited = cloud.history(execution)[1:3]

    assert (entered["type"], entered["stateEnteredEventDetails"]["name"]) == ("PassStateEntered", "Only")
    assert (exited["type"], exited["stateExitedEventDetails"]["name"]) == ("PassStateExited", "Only")
    assert entered["stateEnteredEventDetails"]["input"] == '{"a": 1}'
    assert described["startDate"] <= entered["timestamp"] <= exited["timestamp"] <= described["stopDate"]
    assert any(event["timestamp"].microsecond for event in cloud.history(execution))


@pytest.mark.mended("history_events")
def test_a_timeout_is_told_as_one_when_a_task_takes_too_long(cloud: Cloud) -> None:
    asking = {
        **sending(cloud),
        "Resource": PUBLISH["Resource"] + ".waitForTaskToken",
        "TimeoutSeconds": 1,
        "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "Only"}],
    }
    execution = cloud.start(cloud.machine(single(asking)))

    assert cloud.closed(execution)["error"] == "States.Timeout"

    assert [event["type"] for event in cloud.history(execution)][-2:] == ["TaskTimedOut", "ExecutionFailed"]


@pytest.mark.mended("history_events")
def test_ids_are_unique_and_branches_have_own_chains_when_states_run_in_parallel(cloud: Cloud) -> None:
    branch: dict[str, Any] = {"StartAt": "S0", "States": {"S0": {**sending(cloud), "End": True}}}
    branches = [{"StartAt": f"S{n}", "States": {f"S{n}": branch["States"]["S0"]}} for n in range(4)]
    execution = cloud.start(cloud.machine(single({"Type": "Parallel", "Branches": branches})))
    cloud.closed(execution)

    events = cloud.history(execution)

    assert [event["id"] for event in events] == list(range(1, len(events) + 1))
    scheduled = [event for event in events if event["type"] == "TaskScheduled"]
    assert [event["previousEventId"] for event in scheduled] == [2, 2, 2, 2]
    by_id = {event["id"]: event for event in events}
    succeeded = [event for event in events if event["type"] == "TaskSucceeded"]
    assert {by_id[event["previousEventId"]]["type"] for event in succeeded} == {"TaskStarted"}
