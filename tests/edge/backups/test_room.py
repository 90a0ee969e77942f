"""What the backup operations answer, and what others hear meanwhile."""

import asyncio
import resource
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from harness.edge.call import Namespace
from tests.edge.backups.engines import HERE, Stage, stage
from tests.edge.journal.test_journal import no_room_beyond

Story = Callable[[Stage], Coroutine[Any, Any, None]]
T0 = 1_000_000


def played(story: Story, directory: Path | None = None) -> None:
    async def play() -> None:
        scene = stage(directory)
        try:
            await story(scene)
        finally:
            await scene.room.stop()
            await scene.journal.close()

    asyncio.run(play())


def test_window_opens_at_the_enabling_and_lags_when_time_passes() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        assert await scene.window("Wallets") == {"PointInTimeRecoveryStatus": "DISABLED"}
        await scene.protect("Wallets")
        enabled = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35}
        bounds = {"EarliestRestorableDateTime": T0, "LatestRestorableDateTime": T0}
        assert await scene.window("Wallets") == {**enabled, **bounds}
        scene.clock.advance(200)
        assert (await scene.window("Wallets"))["LatestRestorableDateTime"] == T0
        scene.clock.advance(200)
        assert (await scene.window("Wallets"))["LatestRestorableDateTime"] == T0 + 100
        scene.clock.advance(40 * 86_400)
        assert (await scene.window("Wallets"))["EarliestRestorableDateTime"] == T0 + 400 + 5 * 86_400

    played(story)


def test_window_begins_anew_when_backups_are_switched_off_and_on() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.clock.advance(1000)
        await scene.protect("Wallets")
        assert (await scene.window("Wallets"))["EarliestRestorableDateTime"] == T0
        off = {"PointInTimeRecoveryEnabled": False}
        await scene.ask("UpdateContinuousBackups", TableName="Wallets", PointInTimeRecoverySpecification=off)
        await scene.protect("Wallets")
        assert (await scene.window("Wallets"))["EarliestRestorableDateTime"] == T0 + 1000

    played(story)


def test_window_opens_at_the_setting_back_when_backups_began_in_a_future_that_is_gone() -> None:
    async def story(scene: Stage) -> None:
        scene.clock.advance(172_800)
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        scene.clock.reset()
        scene.clock.advance(5)
        scene.engine.put("Wallets", "a", 2)
        scene.clock.advance(1000)

        assert (await scene.window("Wallets"))["EarliestRestorableDateTime"] == T0
        assert (await scene.window("Wallets"))["LatestRestorableDateTime"] == T0 + 705
        assert await scene.restored("Wallets", T0 + 2, "Before") == {"a": 1}
        assert await scene.restored("Wallets", T0 + 6, "After") == {"a": 2}

    played(story)


def test_second_counts_to_its_end_when_it_is_restored_to() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        for moment, amount in ((10.0, 1), (0.999, 2), (0.001, 3)):
            scene.clock.advance(moment)
            scene.engine.put("Wallets", "a", amount)
        scene.clock.advance(1000)

        assert await scene.restored("Wallets", T0 + 9, "Nine") == {}
        assert await scene.restored("Wallets", T0 + 10, "Ten") == {"a": 2}
        assert await scene.restored("Wallets", T0 + 10.5, "TenAndAHalf") == {"a": 1}
        assert await scene.restored("Wallets", T0 + 11, "Eleven") == {"a": 3}

    played(story)


def test_content_that_was_there_before_comes_back_when_a_table_is_adopted_amid_writes() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.tables["Wallets"] = {
            user: {"UserID": {"S": user}, "Amount": {"N": "1"}} for user in ("a", "b", "c", "d", "e")
        }
        pages = iter([("a", 10), ("e", 50), ("z", 99)])

        async def write_between_pages() -> None:
            if (write := next(pages, None)) is not None:
                scene.engine.put("Wallets", *write)

        scene.engine.meanwhile["Scan"] = write_between_pages
        await scene.protect("Wallets")
        assert next(pages, None) is None
        scene.clock.advance(5)
        scene.engine.put("Wallets", "a", 0)
        scene.clock.advance(1000)

        assert await scene.restored("Wallets", T0, "Before") == {"a": 10, "b": 1, "c": 1, "d": 1, "e": 50, "z": 99}

    played(story)


def test_restore_is_refused_when_its_instant_lies_before_the_content_is_known() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.tables["Wallets"] = {"a": {"UserID": {"S": "a"}, "Amount": {"N": "1"}}}
        scene.clock.advance(0.5)
        await scene.protect("Wallets")
        scene.clock.advance(1000)

        refused = await scene.ask(
            "RestoreTableToPointInTime", SourceTableName="Wallets", TargetTableName="Early", RestoreDateTime=T0 + 0.25
        )
        assert refused["error"] == "InvalidRestoreTimeException"
        assert await scene.restored("Wallets", T0, "Whole") == {"a": 1}

    played(story)


def test_restore_fails_when_its_past_goes_while_the_table_is_made(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        scene.clock.advance(1000)
        scene.engine.put("Wallets", "a", 2)

        async def fold() -> None:
            scene.journal._files.rotate()
            scene.journal._replace(*scene.journal._fold())

        scene.engine.meanwhile["CreateTable"] = fold
        await scene.ask(
            "RestoreTableToPointInTime", SourceTableName="Wallets", TargetTableName="Late", RestoreDateTime=T0 + 5
        )
        await asyncio.gather(*scene.room._means.restores._tasks)
        assert "Late" not in scene.engine.tables
        assert "lies before what is known of table Wallets" in str(scene.room.describe())

    played(story)
    assert "the restore into Late failed" in caplog.text


def test_restore_leaves_a_namesake_alone_when_it_was_given_up() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        scene.clock.advance(1000)
        going_on = asyncio.Event()
        scene.engine.meanwhile["DescribeTable"] = lambda: _wait_while("Late" in scene.engine.tables, going_on)
        await scene.ask(
            "RestoreTableToPointInTime", SourceTableName="Wallets", TargetTableName="Late", RestoreDateTime=T0 + 5
        )
        tasks = list(scene.room._means.restores._tasks)
        await asyncio.sleep(0.05)
        await scene.room.forget(HERE)
        scene.engine.fails.add("DescribeTable")
        going_on.set()
        await asyncio.gather(*tasks, return_exceptions=True)

        assert scene.engine.tables["Late"] == {}
        assert "failed_restores" not in str(scene.room.describe())

    played(story)


def test_adoption_goes_on_alone_when_another_account_is_reset_meanwhile() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.tables["Wallets"] = {"a": {"UserID": {"S": "a"}, "Amount": {"N": "1"}}}
        reading = asyncio.Event()
        scene.engine.meanwhile["Scan"] = lambda: _wait(reading)
        first = asyncio.create_task(scene.protect("Wallets"))
        await asyncio.sleep(0.01)
        await scene.room.forget(Namespace("111111111111", "us-east-1"))
        second = asyncio.create_task(scene.protect("Wallets"))
        await asyncio.sleep(0.01)
        scene.engine.put("Wallets", "b", 2)
        reading.set()
        await asyncio.gather(first, second)
        scene.clock.advance(1000)

        assert await scene.restored("Wallets", T0 + 5, "After") == {"a": 1, "b": 2}

    played(story)


def test_engines_own_setting_counts_when_no_client_has_set_any() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        scene.engine.protected.add("Wallets")
        assert (await scene.window("Wallets"))["PointInTimeRecoveryStatus"] == "ENABLED"
        scene.engine.protected.clear()
        assert (await scene.window("Wallets"))["PointInTimeRecoveryStatus"] == "DISABLED"

    played(story)


def test_restore_refuses_in_words_when_changes_were_lost(tmp_path: Path) -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        scene.clock.advance(10)
        size = max(path.stat().st_size for path in (tmp_path / "journal").glob("segment-*"))
        with no_room_beyond(size + 60):
            scene.engine.put("Wallets", "a", 2)
        scene.clock.advance(10)
        scene.engine.put("Wallets", "b", 3)
        await scene.room._means.settle()
        scene.clock.advance(1000)

        refused = await scene.ask(
            "RestoreTableToPointInTime", SourceTableName="Wallets", TargetTableName="Lost", RestoreDateTime=T0 + 15
        )
        assert refused["error"] == "InvalidRestoreTimeException"
        assert "changes of table Wallets were lost" in refused["message"]
        assert await scene.restored("Wallets", T0 + 9, "Before") == {"a": 1}
        assert await scene.restored("Wallets", T0 + 20, "After") == {"a": 2, "b": 3}

    assert resource.getrlimit(resource.RLIMIT_FSIZE)
    played(story, tmp_path)


def test_others_hear_that_a_table_is_not_there_when_it_is_being_restored() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        for number in range(60):
            scene.engine.put("Wallets", f"user-{number:02d}", number)
        scene.clock.advance(1000)
        go_on = asyncio.Event()
        scene.engine.meanwhile["BatchWriteItem"] = lambda: _wait(go_on)
        latest = {"SourceTableName": "Wallets", "TargetTableName": "Copy", "UseLatestRestorableTime": True}
        await scene.ask("RestoreTableToPointInTime", **latest)

        described = (await scene.ask("DescribeTable", TableName="Copy"))["Table"]
        assert described["TableStatus"] == "CREATING"
        assert described["RestoreSummary"]["RestoreInProgress"] is True
        key = {"UserID": {"S": "user-01"}}
        errors = {
            ("GetItem", "TableName"): "ResourceNotFoundException",
            ("UpdateTimeToLive", "TableName"): "ResourceNotFoundException",
            ("DeleteTable", "TableName"): "ResourceInUseException",
            ("CreateTable", "TableName"): "ResourceInUseException",
            ("CreateBackup", "TableName"): "TableNotFoundException",
            ("DescribeContinuousBackups", "TableName"): "TableNotFoundException",
        }
        for (operation, member), error in errors.items():
            told = await scene.ask(operation, **{member: "Copy", "Key": key, "BackupName": "some"})
            assert told["error"] == error, operation
        transaction = [{"Put": {"TableName": "Copy", "Item": key}}]
        assert "error" in await scene.ask("TransactWriteItems", TransactItems=transaction)
        assert "error" in await scene.ask("BatchWriteItem", RequestItems={"Copy": []})
        assert "error" in await scene.ask("ExecuteStatement", Statement='SELECT * FROM "Copy"')
        assert (await scene.ask("RestoreTableToPointInTime", **latest))["error"] == "TableInUseException"
        assert (await scene.ask("DescribeTable", TableName="Wallets"))["Table"]["TableStatus"] == "ACTIVE"

        go_on.set()
        assert "RestoreSummary" not in await scene.active("Copy")
        assert len(scene.amounts("Copy")) == 60

    played(story)


def test_table_goes_and_health_tells_when_a_restore_fails(caplog: pytest.LogCaptureFixture) -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        await scene.protect("Wallets")
        scene.engine.put("Wallets", "a", 1)
        scene.clock.advance(1000)
        scene.engine.fails.add("BatchWriteItem")
        # All of it is past the latest restorable second but what was there at the enabling's end.
        await scene.ask(
            "RestoreTableToPointInTime", SourceTableName="Wallets", TargetTableName="Copy", RestoreDateTime=T0
        )
        async with asyncio.timeout(5):
            while "Copy" in scene.engine.tables:
                await asyncio.sleep(0.002)

        (failure,) = scene.room.describe()["backups"]["failed_restores"]  # type: ignore[index]
        assert "no such luck" in failure

    played(story)
    assert "the restore into Copy failed" in caplog.text


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
        scene.engine.meanwhile["BatchWriteItem"] = lambda: _wait(go_on)
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


def test_other_calls_pass_when_they_are_no_backup_operation() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        assert (await scene.ask("Scan", TableName="Wallets"))["Items"] == []

    played(story)


async def _wait(event: asyncio.Event) -> None:
    await event.wait()


async def _wait_while(needed: bool, event: asyncio.Event) -> None:
    if needed:
        await event.wait()
