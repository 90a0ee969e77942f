"""Restores: an earlier moment of a table really is that moment, or a bad deployment can't be undone."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any

from harness.doctor.examination import SUCCESS, Examination, error_code, refusal_of
from harness.doctor.probe import Broken, Undecided, broken_unless, probe

RESTORED_WITHIN_S = 15.0
SECOND_S = 1.1
_INVALID_TIME = frozenset({"InvalidRestoreTimeException"})


@probe(
    "dynamodb.pitr",
    "A restore to a past moment gives the table as it was then",
    does="changes, adds and deletes items, and restores to the moment before",
    documented="RestoreTableToPointInTime restores to any second between EarliestRestorableDateTime and "
    "LatestRestorableDateTime",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html",
    quick=False,
    bound_s=45.0,
)
def point_in_time(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    _write_past(client, table)
    _pass_s(SECOND_S)
    switched = client.update_continuous_backups(
        TableName=table, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    broken_unless(switched["PointInTimeRecoveryStatus"] == "ENABLED", f"switched on, it is described as {switched}")
    ahead_s = _ahead_s(examination)
    _pass_s(SECOND_S)
    moment = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=ahead_s)
    _pass_s(SECOND_S)
    _write_present(client, table)
    restored = _restored(examination, table, moment)
    items = _items(client, restored)
    now = _items(client, table)
    broken_unless(items != now, f"a restore to an earlier moment gave the present table: {items}")
    broken_unless(items == PAST, f"a restore gave {items}, expected {PAST}")
    broken_unless(now == PRESENT, f"the table itself holds {now} after its restore, expected {PRESENT}")
    return "changed, added and deleted items are as they were"


@probe(
    "dynamodb.backups",
    "An on-demand backup gives the table as it was when it was made",
    does="makes a backup, changes, adds and deletes items, and restores the backup",
    documented="CreateBackup keeps the table as it is then; RestoreTableFromBackup makes a new table of it",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_HowItWorks.html",
    quick=False,
    bound_s=30.0,
)
def backups(examination: Examination) -> str:
    table, client = examination.table(), examination.client("dynamodb")
    _write_past(client, table)
    arn = client.create_backup(TableName=table, BackupName=examination.name("backup"))["BackupDetails"]["BackupArn"]
    examination.after(client.delete_backup, BackupArn=arn)
    examination.until(
        "the backup is AVAILABLE",
        lambda: (
            client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupStatus"] == "AVAILABLE"
        ),
        within_s=RESTORED_WITHIN_S,
    )
    _write_present(client, table)
    restored = examination.name("restored")
    client.restore_table_from_backup(TargetTableName=restored, BackupArn=arn)
    examination.after(client.delete_table, TableName=restored)
    examination.table_is_active(restored, within_s=RESTORED_WITHIN_S)
    items = _items(client, restored)
    broken_unless(items == PAST, f"the restored table holds {items}, expected {PAST}")
    return "changed, added and deleted items are as they were"


PAST = {"changed": "1", "deleted": "1"}
PRESENT = {"changed": "2", "added": "2"}


def _write_past(client: Any, table: str) -> None:
    for name, version in PAST.items():
        client.put_item(TableName=table, Item={"ID": {"S": name}, "Version": {"N": version}})


def _write_present(client: Any, table: str) -> None:
    client.delete_item(TableName=table, Key={"ID": {"S": "deleted"}})
    for name, version in PRESENT.items():
        client.put_item(TableName=table, Item={"ID": {"S": name}, "Version": {"N": version}})


def _items(client: Any, table: str) -> dict[str, str]:
    found = client.scan(TableName=table, ConsistentRead=True)["Items"]
    return {item["ID"]["S"]: item["Version"]["N"] for item in found}


def _restored(examination: Examination, table: str, moment: datetime) -> str:
    """Restore the table to the moment, or to the latest that can be had; return the new table's name."""
    client = examination.client("dynamodb")
    request = {"SourceTableName": table, "TargetTableName": examination.name("restored")}
    try:
        client.restore_table_to_point_in_time(**request, RestoreDateTime=moment)
    except client.exceptions.ClientError as refused:
        if error_code(refused) not in _INVALID_TIME:
            raise
        latest = _latest(client, table)
        broken_unless(latest < moment, f"{moment} was refused although {latest} is restorable: {refused}")
        # The latest restorable time lags by about five minutes; the past was written before recovery was switched on.
        if refusal_of(client.restore_table_to_point_in_time, **request, RestoreDateTime=latest) != SUCCESS:
            raise Undecided(f"neither {moment} nor {latest}, which is the latest, can be restored yet") from None
    examination.after(client.delete_table, TableName=request["TargetTableName"])
    examination.table_is_active(request["TargetTableName"], within_s=RESTORED_WITHIN_S)
    return request["TargetTableName"]


def _latest(client: Any, table: str) -> datetime:
    described = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    latest: datetime | None = described["PointInTimeRecoveryDescription"].get("LatestRestorableDateTime")
    if latest is None:
        raise Broken("a restore was refused for its time, and no LatestRestorableDateTime is told")
    return latest


def _ahead_s(examination: Examination) -> float:
    told = (examination.patient.ask_edge("GET", "clock") or {}).get("ahead_s", 0)
    return float(told) if isinstance(told, (int, float)) else 0.0


def _pass_s(pause_s: float) -> None:
    """Let time pass: a restore names a second, so what it has to tell apart must be more than one apart."""
    time.sleep(pause_s)
