"""Point-in-time recovery is set as the template says, where the target's CloudFormation does not read it."""

import pytest
from botocore.exceptions import ClientError

from harness.deploy.outputs import StackResource
from harness.deploy.recovery import Recovery, recoveries, set_recoveries
from harness.deploy.sources import read_template
from harness.errors import StackFailed


class FakeDynamoDB:
    def __init__(self, **days_by_table):
        self.days = days_by_table
        self.set = {}

    def describe_continuous_backups(self, TableName):  # noqa: N803
        days = self.days.get(TableName)
        now = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days} if days else {}
        return {"ContinuousBackupsDescription": {"PointInTimeRecoveryDescription": now}}

    def update_continuous_backups(self, TableName, PointInTimeRecoverySpecification):  # noqa: N803
        self.set[TableName] = PointInTimeRecoverySpecification


def table(logical_id, physical_id, status="CREATE_COMPLETE"):
    return StackResource(logical_id, physical_id, "AWS::DynamoDB::Table", status)


def test_tables_are_read_when_the_template_speaks_of_recovery(write, heard):
    source = read_template(
        write(
            "template.yaml",
            """
            Resources:
              Lasting:
                Type: AWS::DynamoDB::Table
                Properties: {PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: "true"}}
              Week:
                Type: AWS::DynamoDB::Table
                Properties:
                  PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true, RecoveryPeriodInDays: 7}
              Bare: {Type: AWS::DynamoDB::Table}
              Who:
                Type: AWS::DynamoDB::Table
                Properties: {PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: !Ref Wanted}}
              Queue: {Type: AWS::SQS::Queue}
            """,
        )
    )

    read = list(recoveries(source, source.document, heard))

    assert read == [
        Recovery("Lasting", enabled=True), Recovery("Week", enabled=True, days=7), Recovery("Bare", enabled=False),
    ]  # fmt: skip
    assert heard.of("note")[0].startswith("template.yaml:10  Who")


def test_only_what_differs_is_set_when_tables_are_there(heard):
    client = FakeDynamoDB(same=35, off=35, week=35)
    wanted = [
        Recovery("New", enabled=True), Recovery("Same", enabled=True), Recovery("Off", enabled=False),
        Recovery("Week", enabled=True, days=7), Recovery("Absent", enabled=True), Recovery("Gone", enabled=True),
    ]  # fmt: skip
    there = (
        table("New", "new"), table("Same", "same"), table("Off", "off"), table("Week", "week"),
        table("Gone", "gone", "DELETE_COMPLETE"),
    )  # fmt: skip

    set_recoveries(client, wanted, there, heard)

    assert client.set == {
        "new": {"PointInTimeRecoveryEnabled": True},
        "off": {"PointInTimeRecoveryEnabled": False},
        "week": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7},
    }


def test_stack_is_said_to_be_there_when_the_recovery_of_a_table_is_refused(heard):
    client = FakeDynamoDB()
    error = {"Error": {"Code": "TableNotFoundException", "Message": "no such table"}}
    client.describe_continuous_backups = lambda **_: (_ for _ in ()).throw(ClientError(error, "Describe"))

    with pytest.raises(StackFailed, match="recovery of table new can't be set: no such table") as raised:
        set_recoveries(client, [Recovery("New", enabled=True)], (table("New", "new"),), heard)

    assert raised.value.remedy == "deploy again"
