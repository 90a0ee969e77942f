"""Through the whole cloud: a throttled table's alarm fires and tells its topic; the alarm of another table stays."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from harness.clients import EdgeClient
from harness.clients.capacity import CapacityClient
from harness.waiting import wait_until

pytestmark = pytest.mark.slow

REHEARSE = str(Path(sys.executable).with_name("rehearse"))
FIRED_WITHIN_S = 20.0
TEMPLATE = Path(__file__).with_name("throttle_alarms.yaml")
STACKED_WITHIN_S = 30.0
WRITES = 60


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    state = tmp_path_factory.mktemp("state")
    environ = {**os.environ, "REHEARSAL_STATE_DIR": str(state), "REHEARSAL_INSTANCE": "alarms-fire"}

    def rehearse(*arguments: str) -> str:
        done = subprocess.run(
            [REHEARSE, *arguments], env=environ, capture_output=True, text=True, timeout=90, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    try:
        yield str(json.loads(rehearse("up", "--json"))["aws_endpoint_url"])
    finally:
        rehearse("down")


@pytest.fixture
def capacity(url: str) -> Iterator[CapacityClient]:
    with httpx.Client(base_url=url) as client, CapacityClient(EdgeClient(client)) as enforced:
        yield enforced


def client(url: str, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def stacked(url: str) -> dict[str, str]:
    """Make the stack; return its outputs once all of it is there."""
    formation = client(url, "cloudformation")
    formation.create_stack(StackName="throttles", TemplateBody=TEMPLATE.read_text(encoding="utf-8"))

    def outputs() -> dict[str, str] | None:
        (stack,) = formation.describe_stacks(StackName="throttles")["Stacks"]
        told = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", ())}
        return told if stack["StackStatus"] == "CREATE_COMPLETE" else None

    return wait_until("the stack", outputs, within_s=STACKED_WITHIN_S)


def write(tables: Any, table: str, count: int) -> int:
    """Write one item again and again; return how often it was throttled."""
    throttled = 0
    for _ in range(count):
        try:
            tables.put_item(TableName=table, Item={"ID": {"S": "hot"}})
        except ClientError as problem:
            assert problem.response["Error"]["Code"] == "ProvisionedThroughputExceededException"  # noqa: PT017
            throttled += 1
    return throttled


def state(url: str, alarm: str) -> str:
    (seen,) = client(url, "cloudwatch").describe_alarms(AlarmNames=[alarm])["MetricAlarms"]
    return str(seen["StateValue"])


def test_alarm_of_the_throttled_table_tells_its_topic_and_the_others_stay(url: str, capacity: CapacityClient) -> None:
    tables, out = client(url, "dynamodb"), stacked(url)

    with capacity.enforce(out["Hot"], burst_s=1), capacity.enforce(out["Cold"], scale=100):
        throttled = write(tables, out["Hot"], WRITES)
        assert write(tables, out["Cold"], WRITES) == 0
        seen = capacity.throttles(out["Hot"])

    assert 0 < throttled == seen
    wait_until("the alarm", lambda: state(url, out["HotAlarm"]) == "ALARM", within_s=FIRED_WITHIN_S)
    (message,) = client(url, "sqs").receive_message(QueueUrl=out["Queue"], WaitTimeSeconds=5)["Messages"]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["NewStateValue"]) == (out["HotAlarm"], "ALARM")
    assert state(url, out["ReasonAlarm"]) == "ALARM"
    assert state(url, out["ColdAlarm"]) == "INSUFFICIENT_DATA"


def test_nothing_is_refused_when_capacity_is_off_again(url: str) -> None:
    tables = client(url, "dynamodb")
    tables.create_table(
        TableName="free",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
    )

    assert write(tables, "free", WRITES) == 0
