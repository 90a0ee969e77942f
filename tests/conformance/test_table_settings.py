"""CloudFormation heeds TTL and point-in-time recovery of a table."""

import json
from typing import Any

import pytest

from harness.waiting import wait_until
from tests.conformance.cloud import Cloud

STACKED_WITHIN_S = 10.0


def template(table: str, **settings: Any) -> str:
    properties = {
        "TableName": table,
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "ID", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "ID", "AttributeType": "S"}],
        **settings,
    }
    return json.dumps({"Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": properties}}})


def stacked(cloud: Cloud, stack: str, body: str, *, update: bool = False) -> None:
    formation = cloud.client("cloudformation")
    (formation.update_stack if update else formation.create_stack)(StackName=stack, TemplateBody=body)

    def is_done() -> bool:
        status = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        assert "FAILED" not in status
        assert "ROLLBACK" not in status
        return bool(status == ("UPDATE_COMPLETE" if update else "CREATE_COMPLETE"))

    wait_until(f"stack {stack}", is_done, within_s=STACKED_WITHIN_S)


def ttl(cloud: Cloud, table: str) -> Any:
    return cloud.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]


def recovery(cloud: Cloud, table: str) -> str:
    described = cloud.dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    return str(described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])


@pytest.mark.mended("table_settings")
def test_table_has_ttl_and_recovery_when_its_template_says_so(cloud: Cloud) -> None:
    stack, table = cloud.name("stack"), cloud.name("table")

    stacked(
        cloud,
        stack,
        template(
            table,
            TimeToLiveSpecification={"AttributeName": "ExpiresAt", "Enabled": True},
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
        ),
    )

    assert ttl(cloud, table) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ExpiresAt"}
    assert recovery(cloud, table) == "ENABLED"


@pytest.mark.mended("table_settings")
def test_settings_change_with_the_stack_when_its_template_changes(cloud: Cloud) -> None:
    stack, table = cloud.name("stack"), cloud.name("table")
    protected = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    stacked(cloud, stack, template(table, **protected))

    settings = {"TimeToLiveSpecification": {"AttributeName": "ExpiresAt", "Enabled": True}}
    stacked(cloud, stack, template(table, **settings), update=True)

    assert ttl(cloud, table)["TimeToLiveStatus"] == "ENABLED"
    assert recovery(cloud, table) == "DISABLED"


def test_table_has_neither_when_its_template_is_silent(cloud: Cloud) -> None:
    stack, table = cloud.name("stack"), cloud.name("table")

    stacked(cloud, stack, template(table))

    assert ttl(cloud, table)["TimeToLiveStatus"] == "DISABLED"
    assert recovery(cloud, table) == "DISABLED"


@pytest.mark.mended("table_settings")
def test_items_stay_when_a_template_names_a_table_that_is_there(cloud: Cloud) -> None:
    stack, table = cloud.name("stack"), cloud.name("table")
    key = {"AttributeName": "ID", "KeyType": "HASH"}, {"AttributeName": "ID", "AttributeType": "S"}
    cloud.dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST", KeySchema=[key[0]], AttributeDefinitions=[key[1]]
    )
    cloud.dynamodb.put_item(TableName=table, Item={"ID": {"S": "a"}})
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName=stack, TemplateBody=template(table))

    def has_ended() -> bool:
        status = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return status in {"CREATE_COMPLETE", "ROLLBACK_COMPLETE"}

    wait_until(f"stack {stack}", has_ended, within_s=STACKED_WITHIN_S)
    assert formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"] == "ROLLBACK_COMPLETE"
    assert cloud.dynamodb.scan(TableName=table)["Count"] == 1
