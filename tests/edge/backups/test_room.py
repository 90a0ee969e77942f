"""What continuous backups and restores answer, and what others hear meanwhile."""

import asyncio
import resource
from pathlib import Path

import pytest

from harness.edge.call import Namespace
from tests.edge.backups.engines import HERE, Stage
from tests.edge.backups.stories import T0, played
from tests.edge.journal.test_journal import no_room_beyond


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
        scene.engine.meanwhile["Scan"] = reading.wait
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
        scene.engine.meanwhile["BatchWriteItem"] = go_on.wait
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


def test_other_calls_pass_when_they_are_no_backup_operation() -> None:
    async def story(scene: Stage) -> None:
        scene.engine.make("Wallets")
        assert (await scene.ask("Scan", TableName="Wallets"))["Items"] == []

    played(story)


async def _wait_while(needed: bool, event: asyncio.Event) -> None:
    if needed:
        await event.wait()
