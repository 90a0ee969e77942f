"""A running environment delivers stream records once more: the same ones, to the function, before it answers."""

from collections.abc import Iterator

import pytest

from harness.clients import EdgeClient
from harness.clients.api import http_client
from harness.faults.aws import AwsFaults
from harness.ids import new_token
from harness.targets import open_environment
from harness.targets.environment import Environment
from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

pytestmark = pytest.mark.slow

READER = """
def handler(event, context):
    for one in event["Records"]:
        print("got", one["dynamodb"]["Keys"]["ID"]["S"], one["eventID"])
"""


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with open_environment("embedded", instance=f"repeats-{new_token(6)}", ports="free") as running:
        yield running


def test_function_gets_the_same_records_again_when_they_are_repeated(environment: Environment) -> None:
    cloud = Cloud(environment.aws_endpoint_url, is_stock=False)
    table, function = cloud.table(), cloud.function(READER)
    stream = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    cloud.dynamodb.update_table(TableName=table, StreamSpecification=stream)
    arn = cloud.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    cloud.functions.create_event_source_mapping(
        EventSourceArn=arn, FunctionName=function, StartingPosition="TRIM_HORIZON"
    )
    for name in ("a", "b"):
        cloud.dynamodb.put_item(TableName=table, Item={"ID": {"S": name}})
    first = wait_until("both records", lambda: got if len(got := told(cloud, function)) == 2 else None, within_s=10)

    with http_client(environment.aws_endpoint_url) as http:
        count = AwsFaults(EdgeClient(http)).repeat_stream_records(table, key="b")

    assert count == 1
    assert told(cloud, function) == [*first, first[1]]


def told(cloud: Cloud, function: str) -> list[str]:
    return [line for line in cloud.printed(function) if line.startswith("got")]
