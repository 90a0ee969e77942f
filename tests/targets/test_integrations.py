"""What a state machine calls by itself passes the edge: it is recorded, and can be failed on purpose."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from harness.targets import Environment, open_environment
from harness.waiting import wait_until

pytestmark = pytest.mark.slow
ROLE = "arn:aws:iam::000000000000:role/machine"
ITEM = {"ID": {"S.$": "$.id"}}


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with open_environment(instance="test-integrations") as running:
        running.client("dynamodb").create_table(
            TableName="Records",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        )
        running.client("sqs").create_queue(QueueName="told")
        yield running


def run(environment: Environment, name: str, *tasks: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Run the tasks one after the other; return the closed execution."""
    machine = {"StartAt": "T0", "States": {}}
    for number, (resource, parameters) in enumerate(tasks):
        then = {"End": True} if number == len(tasks) - 1 else {"Next": f"T{number + 1}"}
        state = {
            "Type": "Task",
            "Resource": f"arn:aws:states:::{resource}",
            "Parameters": parameters,
            "ResultPath": None,
        }
        machine["States"][f"T{number}"] = {**state, **then}  # type: ignore[index]
    states = environment.client("stepfunctions")
    arn = states.create_state_machine(name=f"machine-{name}", definition=json.dumps(machine), roleArn=ROLE)
    started = states.start_execution(stateMachineArn=arn["stateMachineArn"], name=name, input=json.dumps({"id": name}))

    def closed() -> dict[str, Any] | None:
        described: dict[str, Any] = states.describe_execution(executionArn=started["executionArn"])
        return None if described["status"] == "RUNNING" else described

    return wait_until(f"execution {name}", closed, within_s=10)


def calls(environment: Environment, execution: str) -> list[tuple[str, str, str]]:
    url = f"{environment.aws_endpoint_url}/_rehearsal/calls"
    listed = httpx.get(url, params={"execution": execution}).json()["calls"]
    return [
        (one["caller"], one["service"], one["operation"]) for one in listed if one["operation"] != "DescribeExecution"
    ]


def test_calls_of_a_machine_are_recorded_when_it_needs_no_function(environment: Environment) -> None:
    queue_url = environment.client("sqs").get_queue_url(QueueName="told")["QueueUrl"]

    done = run(
        environment,
        "three-ways",
        ("dynamodb:putItem", {"TableName": "Records", "Item": ITEM}),
        ("aws-sdk:dynamodb:putItem", {"TableName": "Records", "Item": ITEM}),
        ("sqs:sendMessage", {"QueueUrl": queue_url, "MessageBody": {"told": True}}),
    )

    assert done["status"] == "SUCCEEDED", done
    assert calls(environment, "three-ways") == [
        ("", "states", "StartExecution"),
        ("states", "dynamodb", "PutItem"),
        ("states", "dynamodb", "PutItem"),
        ("states", "sqs", "SendMessage"),
    ]
    (message,) = environment.client("sqs").receive_message(QueueUrl=queue_url)["Messages"]
    assert json.loads(message["Body"]) == {"told": True}


@pytest.mark.parametrize(
    ("by", "kind", "phase", "error", "happened"),
    [
        (
            "dynamodb",
            {"kind": "error", "error": "ThrottlingException"},
            "before",
            "DynamoDB.ThrottlingException",
            False,
        ),
        ("dynamodb", {"kind": "reset"}, "after", "DynamoDB.SdkClientException", True),
        ("dynamodb", {"kind": "corrupt"}, "after", "DynamoDB.SdkClientException", True),
        ("sdk", {"kind": "error", "error": "ThrottlingException"}, "before", "DynamoDb.ThrottlingException", False),
        ("sdk", {"kind": "corrupt"}, "after", "DynamoDb.SdkClientException", True),
    ],
    ids=["throttled", "answer-lost", "answer-garbled", "throttled-by-sdk", "answer-garbled-by-sdk"],
)
def test_task_fails_by_the_name_that_aws_gives_when_its_call_is_broken(
    environment: Environment, by: str, kind: dict[str, Any], phase: str, error: str, happened: bool
) -> None:
    name = f"broken-{by}-{kind['kind']}"
    resource = "dynamodb:putItem" if by == "dynamodb" else "aws-sdk:dynamodb:putItem"
    rule = {**kind, "phase": phase, "match": {"operation": "PutItem", "execution": name}}
    httpx.post(f"{environment.aws_endpoint_url}/_rehearsal/faults", json=rule).raise_for_status()

    done = run(environment, name, (resource, {"TableName": "Records", "Item": ITEM}))

    assert (done["status"], done["error"]) == ("FAILED", error)
    found = environment.client("dynamodb").get_item(TableName="Records", Key={"ID": {"S": name}})
    assert ("Item" in found) is happened
