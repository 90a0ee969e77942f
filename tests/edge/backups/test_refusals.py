"""What makes no sense is refused as AWS refuses it."""

from typing import Any

import pytest

from tests.edge.backups.engines import Stage
from tests.edge.backups.stories import T0, played

BACKUP = "arn:aws:dynamodb:us-east-1:000000000000:table/Wallets/backup/00000000000001-00000001"
RESTORE = {"SourceTableName": "Wallets", "TargetTableName": "Copy"}


@pytest.mark.parametrize(
    ("operation", "document", "error", "words"),
    [
        ("DescribeContinuousBackups", {"TableName": "Nothing"}, "TableNotFoundException", "Table not found: Nothing"),
        ("DescribeContinuousBackups", {}, "ValidationException", "'tableName' failed to satisfy"),
        (
            "UpdateContinuousBackups",
            {"TableName": "Wallets", "PointInTimeRecoverySpecification": {}},
            "ValidationException",
            "PointInTimeRecoveryEnabled",
        ),
        (
            "UpdateContinuousBackups",
            {
                "TableName": "Wallets",
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 36},
            },
            "ValidationException",
            "less than or equal to 35",
        ),
        (
            "UpdateContinuousBackups",
            {
                "TableName": "Wallets",
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": False, "RecoveryPeriodInDays": 7},
            },
            "ValidationException",
            "Cannot specify RecoveryPeriodInDays",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "SourceTableName": "Plain", "UseLatestRestorableTime": True},
            "PointInTimeRecoveryUnavailableException",
            "Point in time recovery is not enabled for table 'Plain'",
        ),
        ("RestoreTableToPointInTime", RESTORE, "ValidationException", "Either one of"),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "UseLatestRestorableTime": True, "RestoreDateTime": T0},
            "ValidationException",
            "Both RestoreDateTime",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "RestoreDateTime": T0 - 1, "TargetTableName": "Plain"},
            "InvalidRestoreTimeException",
            "RestoreDateTime '1970-01-12T13:46:39Z' must be within EarliestRestorableDateTime '1970-01-12T13:46:40Z' "
            "and LatestRestorableDateTime '1970-01-12T13:51:40Z'",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "UseLatestRestorableTime": True, "TargetTableName": "Plain"},
            "TableAlreadyExistsException",
            "Table already exists: Plain",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "TargetTableName": "bad name!"},
            "ValidationException",
            "'targetTableName' failed to satisfy constraint",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "SourceTableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/Wallets"},
            "ValidationException",
            "exactly one of",
        ),
        (
            "RestoreTableToPointInTime",
            {"TargetTableName": "Copy", "UseLatestRestorableTime": True},
            "ValidationException",
            "'TableName' is required",
        ),
        (
            "RestoreTableToPointInTime",
            {**RESTORE, "UseLatestRestorableTime": True, "BillingModeOverride": "PROVISIONED"},
            "ValidationException",
            "Must override ProvisionedThroughput",
        ),
        ("CreateBackup", {"TableName": "Nothing", "BackupName": "some"}, "TableNotFoundException", "Nothing"),
        ("CreateBackup", {"TableName": "Wallets", "BackupName": "no"}, "ValidationException", "greater than or equal"),
        ("DescribeBackup", {"BackupArn": BACKUP}, "BackupNotFoundException", BACKUP),
        ("DescribeBackup", {"BackupArn": "arn:aws:dynamodb:x"}, "ValidationException", "Invalid Backup ARN"),
        (
            "DeleteBackup",
            {"BackupArn": BACKUP.replace("000000000000:", "999999999999:")},
            "AccessDeniedException",
            "Access is denied",
        ),
        ("RestoreTableFromBackup", {"TargetTableName": "Copy", "BackupArn": BACKUP}, "BackupNotFoundException", ""),
        ("ListBackups", {"Limit": 101}, "ValidationException", "less than or equal to 100"),
        ("ListBackups", {"BackupType": "user"}, "ValidationException", "enum value set"),
        ("ListBackups", {"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1}, "ValidationException", "lower bound"),
        ("ListBackups", {"TimeRangeLowerBound": "now"}, "SerializationException", "epoch seconds"),
    ],
)
def test_request_is_refused_as_on_aws_when_it_makes_no_sense(
    operation: str, document: dict[str, Any], error: str, words: str
) -> None:
    async def story(scene: Stage) -> None:
        for table in ("Wallets", "Plain"):
            scene.engine.make(table)
        await scene.protect("Wallets")
        scene.clock.advance(600)

        told = await scene.ask(operation, **document)

        assert told["error"] == error
        assert words in told["message"]
        assert "Copy" not in scene.engine.tables

    played(story)
