"""Retry and Catch: which errors they take, how often, and how long they pause."""

from typing import Any

import pytest

from tests.conformance.cloud import Cloud, single

# A task that always fails with an error of its own name, without any function.
MISSING_TABLE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:dynamodb:describeTable",
    "Parameters": {"TableName": "no-such-table"},
}
NOT_FOUND = "DynamoDb.ResourceNotFoundException"


def failing(**rules: Any) -> dict[str, Any]:
    return single({**MISSING_TABLE, **rules})


def attempts(cloud: Cloud, execution: str) -> int:
    return sum(event["type"] == "TaskScheduled" for event in cloud.history(execution))


@pytest.mark.parametrize(("attempts_max", "expected"), [(0, 1), (1, 2)])
def test_attempts_stop_when_max_attempts_are_used(cloud: Cloud, attempts_max: int, expected: int) -> None:
    retrier = {"ErrorEquals": ["States.ALL"], "MaxAttempts": attempts_max, "JitterStrategy": "FULL"}
    execution = cloud.start(cloud.machine(failing(Retry=[retrier])))

    described = cloud.closed(execution)

    assert (described["error"], attempts(cloud, execution)) == (NOT_FOUND, expected)


@pytest.mark.mended("retries")
def test_pauses_stay_below_max_delay_when_the_interval_grows(cloud: Cloud) -> None:
    retrier = {
        "ErrorEquals": [NOT_FOUND],
        "IntervalSeconds": 1,
        "BackoffRate": 60,
        "MaxDelaySeconds": 2,
        "MaxAttempts": 2,
        "JitterStrategy": "FULL",
    }
    execution = cloud.start(cloud.machine(failing(Retry=[retrier])))

    cloud.closed(execution, within_s=3.2)

    assert attempts(cloud, execution) == 3


@pytest.mark.mended("retries")
def test_pauses_differ_when_jitter_is_full(cloud: Cloud) -> None:
    retrier = {"ErrorEquals": [NOT_FOUND], "IntervalSeconds": 1, "MaxAttempts": 1, "JitterStrategy": "FULL"}
    machine = cloud.machine(failing(Retry=[retrier]))

    executions = [cloud.start(machine) for _ in range(8)]
    ends = [cloud.closed(execution) for execution in executions]

    durations_s = [(end["stopDate"] - end["startDate"]).total_seconds() for end in ends]
    assert max(durations_s) < 1.6
    assert max(durations_s) - min(durations_s) > 0.2  # eight draws from 0..1 s closer than that: 1 in 12,000


@pytest.mark.parametrize("wildcard", ["States.ALL", pytest.param("States.TaskFailed", id="task-failed")])
@pytest.mark.mended("retries")
def test_execution_fails_when_only_a_wildcard_stands_against_a_runtime_error(cloud: Cloud, wildcard: str) -> None:
    # The engine has no such integration and says so with States.Runtime, as AWS does for a broken path.
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::glue:startJobRun",
        "Parameters": {"JobName": "none"},
        "Next": "Reached",
    }
    caught = {**task, "Catch": [{"ErrorEquals": [wildcard], "Next": "Reached"}]}
    machine = cloud.machine({"StartAt": "Only", "States": {"Only": caught, "Reached": {"Type": "Succeed"}}})

    described = cloud.closed(cloud.start(machine))

    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
