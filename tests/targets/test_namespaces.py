"""Accounts side by side in one environment: each sees its own, and one is reset without the other."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

from harness.targets import Environment, open_environment

pytestmark = pytest.mark.slow
ONE, OTHER = "111111111111", "222222222222"
HANDLER = "def handler(event, context):\n    return context.invoked_function_arn.split(':')[4]\n"


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with open_environment(instance="test-namespaces") as running:
        yield running


def client(environment: Environment, account: str, service: str) -> Any:
    return boto3.client(  # type: ignore[call-overload]
        service,
        endpoint_url=environment.aws_endpoint_url,
        region_name=environment.region,
        aws_access_key_id=account,
        aws_secret_access_key="test",
    )


def furnish(environment: Environment, account: str) -> None:
    client(environment, account, "dynamodb").create_table(
        TableName="Things",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
    )
    client(environment, account, "dynamodb").put_item(TableName="Things", Item={"ID": {"S": account}})
    client(environment, account, "sqs").create_queue(QueueName="things")
    client(environment, account, "s3").create_bucket(Bucket=f"things-{account}")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", HANDLER)
    client(environment, account, "lambda").create_function(
        FunctionName="whose",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{account}:role/any",
        Handler="app.handler",
        Code={"ZipFile": packed.getvalue()},
    )
    client(environment, account, "lambda").get_waiter("function_active_v2").wait(FunctionName="whose")


def seen(environment: Environment, account: str) -> dict[str, Any]:
    tables = client(environment, account, "dynamodb")
    names = tables.list_tables()["TableNames"]
    return {
        "items": [item["ID"]["S"] for name in names for item in tables.scan(TableName=name)["Items"]],
        "queues": len(client(environment, account, "sqs").list_queues().get("QueueUrls", [])),
        "buckets": [one["Name"] for one in client(environment, account, "s3").list_buckets()["Buckets"]],
        "functions": [
            one["FunctionName"] for one in client(environment, account, "lambda").list_functions()["Functions"]
        ],
    }


def owned_by(account: str) -> dict[str, Any]:
    return {"items": [account], "queues": 1, "buckets": [f"things-{account}"], "functions": ["whose"]}


def test_one_account_is_as_new_and_the_other_as_it_was_when_the_one_is_reset(environment: Environment) -> None:
    for account in (ONE, OTHER):
        furnish(environment, account)
    assert [seen(environment, account) for account in (ONE, OTHER)] == [owned_by(ONE), owned_by(OTHER)]

    httpx.post(f"{environment.aws_endpoint_url}/_rehearsal/reset", json={"account": ONE}).raise_for_status()

    assert seen(environment, ONE) == {"items": [], "queues": 0, "buckets": [], "functions": []}
    assert seen(environment, OTHER) == owned_by(OTHER)
    answer = client(environment, OTHER, "lambda").invoke(FunctionName="whose")
    assert json.load(answer["Payload"]) == OTHER
    furnish(environment, ONE)
    assert seen(environment, ONE) == owned_by(ONE)
