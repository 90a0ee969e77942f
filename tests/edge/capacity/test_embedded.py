"""The embedded cloud enforces capacity on whoever calls, and what calls cost is what the engine says."""

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.targets import Environment, open_environment
from harness.waiting import wait_until

pytestmark = pytest.mark.slow
SETTINGS = {"parameters": {"burst_s": 1}}
CAPACITY = "/_rehearsal/capacity"


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with open_environment(instance=f"capacity-{os.getpid()}") as environment:
        yield environment


@pytest.fixture
def edge(environment: Environment) -> Iterator[EdgeClient]:
    with http_client(environment.aws_endpoint_url) as http:
        edge = EdgeClient(http)
        edge.ask("PUT", CAPACITY, json=SETTINGS)
        yield edge
        edge.ask("DELETE", CAPACITY)


def make_table(client: Any, name: str, read: int, write: int) -> None:
    throughput = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "Holder")],
        ProvisionedThroughput=throughput,
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-holder",
                "KeySchema": [{"AttributeName": "Holder", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": throughput,
            }
        ],
    )


def consumed(edge: EdgeClient, table: str) -> dict[str, float]:
    """Return the units that each resource of a table has taken, by the edge's heat."""
    (told,) = edge.ask("GET", "/_rehearsal/heat", params={"table": table})["tables"]
    return {one["resource"]: sum(one["consumed"].values()) for one in told["resources"]}


def test_calls_take_what_the_engine_says_they_cost(environment: Environment, edge: EdgeClient) -> None:
    client = environment.client("dynamodb")
    make_table(client, "cost", 1000, 1000)
    told = {"": 0.0, "by-holder": 0.0}
    item = {"PK": {"S": "a"}, "Holder": {"S": "o"}, "pad": {"S": "x" * 3000}}
    update = {"UpdateExpression": "SET Holder = :o", "ExpressionAttributeValues": {":o": {"S": "p"}}}
    held = {"KeyConditionExpression": "Holder = :o", "ExpressionAttributeValues": {":o": {"S": "p"}}}
    key = {"Key": {"PK": {"S": "a"}}}
    calls: list[tuple[Any, dict[str, Any]]] = [
        (client.put_item, {"Item": item}),
        (client.put_item, {"Item": {**item, "pad": {"S": "y"}}}),
        (client.update_item, {**key, **update}),
        (client.get_item, key),
        (client.get_item, {**key, "ConsistentRead": True, "ProjectionExpression": "PK"}),
        (client.query, {"IndexName": "by-holder", **held}),
        (client.scan, {}),
        (client.delete_item, key),
        (client.delete_item, key),
    ]

    for call, asked in calls:
        answer = call(TableName="cost", ReturnConsumedCapacity="INDEXES", **asked)["ConsumedCapacity"]
        told[""] += answer["Table"]["CapacityUnits"]
        told["by-holder"] += answer.get("GlobalSecondaryIndexes", {}).get("by-holder", {}).get("CapacityUnits", 0.0)

    assert consumed(edge, "cost") == told


def test_a_state_machine_is_refused_and_tries_again_when_its_table_has_no_capacity(
    environment: Environment, edge: EdgeClient
) -> None:
    make_table(environment.client("dynamodb"), "narrow", 1, 1)
    states = environment.client("stepfunctions")
    retry = {"ErrorEquals": ["DynamoDB.ProvisionedThroughputExceededException"], "IntervalSeconds": 1, "MaxAttempts": 9}
    write = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:putItem",
        "Parameters": {"TableName": "narrow", "Item": {"PK": {"S.$": "$$.Execution.Name"}}},
        "Retry": [retry],
        "End": True,
    }
    role = "arn:aws:iam::000000000000:role/states"
    machine = states.create_state_machine(
        name="writer", definition=json.dumps({"StartAt": "Write", "States": {"Write": write}}), roleArn=role
    )["stateMachineArn"]

    started = [states.start_execution(stateMachineArn=machine, name=f"run-{at}")["executionArn"] for at in range(4)]

    def ended() -> bool:
        return all(states.describe_execution(executionArn=one)["status"] == "SUCCEEDED" for one in started)

    wait_until("the executions", ended, within_s=40)
    resource = edge.ask("GET", "/_rehearsal/heat", params={"table": "narrow"})["tables"][0]["resources"][0]
    assert resource["throttles"]["TableWriteProvisionedThroughputExceeded"] > 0
    assert resource["consumed"]["write_units"] == 4.0


def test_deployed_tables_are_enforced_as_their_stack_made_them(environment: Environment, edge: EdgeClient) -> None:
    client, stacks = environment.client("dynamodb"), environment.client("cloudformation")

    properties = {
        "TableName": "stacked",
        "KeySchema": [{"AttributeName": "PK", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "PK", "AttributeType": "S"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 100},
    }
    template = json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}})
    stacks.create_stack(StackName="stacked", TemplateBody=template)
    wait_until("the table", lambda: "stacked" in client.list_tables()["TableNames"], within_s=20)
    for number in range(6):
        client.put_item(TableName="stacked", Item={"PK": {"S": str(number)}})
    assert edge.ask("GET", CAPACITY)["tables"][-1]["resources"][0]["allowed"] == {"read": 1.0, "write": 100.0}


def test_what_the_start_said_holds_again_when_the_environment_is_reset(
    environment: Environment, edge: EdgeClient
) -> None:
    edge.ask("PUT", CAPACITY, json={"enforce": False}, params={"lasting": "true"})
    edge.ask("PUT", CAPACITY, json=SETTINGS)

    edge.ask("POST", "/_rehearsal/reset")

    assert edge.ask("GET", CAPACITY) == {"mode": "count", "settings": {"enforce": False}, "tables": []}
    edge.ask("DELETE", CAPACITY, params={"lasting": "true"})
