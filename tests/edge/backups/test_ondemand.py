"""Backups on demand: made, listed, kept, restored and deleted."""

import asyncio
from pathlib import Path
from typing import Any

from tests.edge.backups.engines import Stage
from tests.edge.backups.stories import T0, played


def test_backups_are_there_when_the_edge_begins_again(tmp_path: Path) -> None:
    async def first(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.put("Wallets", "a", 1)
        await scene.ask("CreateBackup", TableName="Wallets", BackupName="by-hand")

    async def second(scene: Stage) -> None:
        (summary,) = (await scene.ask("ListBackups"))["BackupSummaries"]
        assert (summary["BackupName"], summary["BackupStatus"]) == ("by-hand", "AVAILABLE")
        arn = summary["BackupArn"]
        await scene.ask("RestoreTableFromBackup", TargetTableName="Again", BackupArn=arn)
        await scene.active("Again")
        assert scene.amounts("Again") == {"a": 1}
        told = await scene.ask("DeleteBackup", BackupArn=arn)
        assert told["BackupDescription"]["BackupDetails"]["BackupStatus"] == "DELETED"
        assert (await scene.ask("DescribeBackup", BackupArn=arn))["error"] == "BackupNotFoundException"
        assert list((tmp_path / "backups").iterdir()) == []

    played(first, tmp_path)
    played(second, tmp_path)


def test_backup_feeds_one_restore_when_two_are_asked_for() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.put("Wallets", "a", 1)
        made = await scene.ask("CreateBackup", TableName="Wallets", BackupName="by-hand")
        arn = made["BackupDetails"]["BackupArn"]
        assert made["BackupDetails"]["BackupStatus"] == "CREATING"
        await scene.room._means.settle()
        go_on = asyncio.Event()
        scene.engine.meanwhile["BatchWriteItem"] = go_on.wait
        await scene.ask("RestoreTableFromBackup", TargetTableName="One", BackupArn=arn)

        for operation, more in (("RestoreTableFromBackup", {"TargetTableName": "Two"}), ("DeleteBackup", {})):
            assert (await scene.ask(operation, BackupArn=arn, **more))["error"] == "BackupInUseException"
        go_on.set()
        await scene.active("One")
        assert "BackupDescription" in await scene.ask("DeleteBackup", BackupArn=arn)

    played(story)


def test_system_backup_is_kept_35_days_when_a_protected_table_is_deleted() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        await scene.ask("DeleteTable", TableName="Wallets")
        await scene.room._means.settle()

        assert (await scene.ask("ListBackups"))["BackupSummaries"] == []
        (summary,) = (await scene.ask("ListBackups", BackupType="SYSTEM"))["BackupSummaries"]
        assert summary["BackupName"] == "Wallets$DeletedTableBackup"
        assert summary["BackupExpiryDateTime"] == T0 + 35 * 86_400
        refused = await scene.ask("DeleteBackup", BackupArn=summary["BackupArn"])
        assert refused["error"] == "ValidationException"
        assert "not allowed to delete the system backup" in refused["message"]
        scene.clock.advance(35 * 86_400)
        assert (await scene.ask("ListBackups", BackupType="ALL"))["BackupSummaries"] == []

    played(story)


def test_backups_are_listed_in_pages_and_by_time_when_there_are_many() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        for number in range(5):
            await scene.ask("CreateBackup", TableName="Wallets", BackupName=f"number-{number}")
            scene.clock.advance(1)

        def names(told: dict[str, Any]) -> list[str]:
            return [one["BackupName"] for one in told["BackupSummaries"]]

        page = await scene.ask("ListBackups", Limit=3)
        assert names(page) == ["number-0", "number-1", "number-2"]
        rest = await scene.ask("ListBackups", Limit=3, ExclusiveStartBackupArn=page["LastEvaluatedBackupArn"])
        assert names(rest) == ["number-3", "number-4"]
        assert "LastEvaluatedBackupArn" not in rest
        bounds = {"TimeRangeLowerBound": T0 + 1, "TimeRangeUpperBound": T0 + 3}
        assert names(await scene.ask("ListBackups", **bounds)) == ["number-1", "number-2"]
        assert names(await scene.ask("ListBackups", TableName="Nothing")) == []

    played(story)
