"""An execution ends once, and does nothing after its end."""

import time

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud, single


@pytest.mark.mended("closing")
def test_execution_times_out_when_the_machine_says_so(cloud: Cloud) -> None:
    machine = cloud.machine(single({"Type": "Wait", "Seconds": 2}, TimeoutSeconds=1))
    execution = cloud.start(machine)

    described = cloud.closed(execution, within_s=1.8)

    assert described["status"] == "TIMED_OUT"
    assert 0.9 < (described["stopDate"] - described["startDate"]).total_seconds() < 1.9
    assert cloud.history(execution)[-1]["type"] == "ExecutionTimedOut"


@pytest.mark.mended("closing")
def test_nothing_happens_any_more_when_an_execution_was_stopped(cloud: Cloud) -> None:
    table = cloud.table()
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:dynamodb:putItem",
        "Parameters": {"TableName": table, "Item": {"ID": {"S": "written"}}},
        "End": True,
    }
    writes = {"StartAt": "Later", "States": {"Later": {"Type": "Wait", "Seconds": 1, "Next": "Put"}, "Put": put}}
    fails = {
        "StartAt": "Sooner",
        "States": {
            "Sooner": {"Type": "Wait", "Seconds": 1, "Next": "Fails"},
            "Fails": {"Type": "Fail", "Error": "TooLate"},
        },
    }
    execution = cloud.start(cloud.machine(single({"Type": "Parallel", "Branches": [writes, fails]})))
    wait_until("the branches run", lambda: len(cloud.history(execution)) >= 2, within_s=2)
    cloud.states.stop_execution(executionArn=execution)
    stopped_s = time.monotonic()

    wait_until("the branches are over", lambda: time.monotonic() > stopped_s + 1.3, within_s=2)

    assert cloud.closed(execution)["status"] == "ABORTED"
    assert cloud.history(execution)[-1]["type"] == "ExecutionAborted"
    assert "Item" not in cloud.dynamodb.get_item(TableName=table, Key={"ID": {"S": "written"}})
