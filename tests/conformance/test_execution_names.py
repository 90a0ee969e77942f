"""StartExecution of a STANDARD machine is idempotent by name while the execution runs, and only then."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conformance.cloud import Cloud, single

WAITING = single({"Type": "Wait", "Seconds": 20})
QUICK = single({"Type": "Pass"})


@pytest.mark.mended("execution_names")
def test_answer_is_the_same_when_a_running_execution_is_started_again(cloud: Cloud) -> None:
    request = {"stateMachineArn": cloud.machine(WAITING), "name": "pay-1", "input": '{"amount": 4000}'}

    first = cloud.states.start_execution(**request)
    second = cloud.states.start_execution(**request)

    assert (second["executionArn"], second["startDate"]) == (first["executionArn"], first["startDate"])
    assert len(cloud.states.list_executions(stateMachineArn=request["stateMachineArn"])["executions"]) == 1


@pytest.mark.mended("execution_names")
def test_one_execution_runs_when_many_start_it_at_once(cloud: Cloud) -> None:
    request = {"stateMachineArn": cloud.machine(WAITING), "name": "pay-1", "input": "{}"}

    with ThreadPoolExecutor(12) as clients:
        answers = list(clients.map(lambda _: cloud.states.start_execution(**request), range(24)))

    assert len({(answer["executionArn"], answer["startDate"]) for answer in answers}) == 1
    assert len(cloud.states.list_executions(stateMachineArn=request["stateMachineArn"])["executions"]) == 1


def test_start_is_refused_when_the_name_runs_with_other_input(cloud: Cloud) -> None:
    machine = cloud.machine(WAITING)
    cloud.start(machine, {"amount": 1}, name="pay-1")

    with pytest.raises(cloud.states.exceptions.ExecutionAlreadyExists):
        cloud.start(machine, {"amount": 2}, name="pay-1")


def test_start_is_refused_when_the_execution_of_that_name_is_closed(cloud: Cloud) -> None:
    machine = cloud.machine(QUICK)
    cloud.closed(cloud.start(machine, {"amount": 1}, name="pay-1"))

    with pytest.raises(cloud.states.exceptions.ExecutionAlreadyExists):
        cloud.start(machine, {"amount": 1}, name="pay-1")


@pytest.mark.mended("execution_names")
@pytest.mark.parametrize(
    ("request_part", "refusal"),
    [
        ({"name": "pay 1"}, "InvalidName"),
        ({"name": "p" * 81}, "InvalidName"),
        ({"name": "pay#1"}, "InvalidName"),
        ({"input": "{no json"}, "InvalidExecutionInput"),
    ],
)
def test_start_is_refused_when_name_or_input_is_malformed(
    cloud: Cloud, request_part: dict[str, Any], refusal: str
) -> None:
    machine = cloud.machine(QUICK)

    with pytest.raises(cloud.states.exceptions.ClientError) as caught:
        cloud.states.start_execution(stateMachineArn=machine, **request_part)

    assert caught.value.response["Error"]["Code"] == refusal
