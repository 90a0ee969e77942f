"""The past comes back, before a real engine and to a real SDK."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from harness.edge.journal import verify
from harness.waiting import wait_until
from tests.edge.backups.clouds import (
    Served,
    amounts,
    edge,
    engine,
    make_table,
    pass_time,
    protect,
    put,
    wait_active,
    window,
)

pytestmark = pytest.mark.slow

TEMPLATE = """
Resources:
  Wallets:
    Type: AWS::DynamoDB::Table
    Properties:
      TableName: Wallets
      BillingMode: PAY_PER_REQUEST
      KeySchema: [{AttributeName: UserID, KeyType: HASH}]
      AttributeDefinitions: [{AttributeName: UserID, AttributeType: S}]
      PointInTimeRecoverySpecification: {PointInTimeRecoveryEnabled: true}
"""


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with edge(tmp_path_factory.mktemp("embedded")) as cloud:
        yield cloud


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    work = tmp_path_factory.mktemp("before")
    with engine(work / "engine") as upstream, edge(work / "edge", "--upstream", upstream.url) as cloud:
        yield cloud


@pytest.fixture(params=["embedded", "before"])
def cloud(request: pytest.FixtureRequest) -> Served:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def test_table_is_as_it_was_when_it_is_restored_to_before_a_bad_deployment(cloud: Served) -> None:
    dynamodb = cloud.client()
    make_table(dynamodb, "Accounts")
    protect(dynamodb, "Accounts")
    put(dynamodb, "Accounts", "alice", 100)
    put(dynamodb, "Accounts", "bob", 50)
    good_s = pass_time(cloud, "1h")

    dynamodb.update_item(
        TableName="Accounts",
        Key={"UserID": {"S": "alice"}},
        UpdateExpression="SET Amount = :zero",
        ExpressionAttributeValues={":zero": {"N": "0"}},
    )
    dynamodb.delete_item(TableName="Accounts", Key={"UserID": {"S": "bob"}})
    pass_time(cloud, "1h")
    made = dynamodb.restore_table_to_point_in_time(
        SourceTableName="Accounts", TargetTableName="AccountsBefore", RestoreDateTime=good_s
    )["TableDescription"]

    assert made["TableStatus"] == "CREATING"
    assert made["RestoreSummary"]["RestoreInProgress"] is True
    described = wait_active(dynamodb, "AccountsBefore")
    assert "RestoreSummary" not in described
    assert amounts(dynamodb, "AccountsBefore") == {"alice": 100, "bob": 50}
    assert amounts(dynamodb, "Accounts") == {"alice": 0}
    assert window(dynamodb, "AccountsBefore") == {"PointInTimeRecoveryStatus": "DISABLED"}


def test_restored_table_has_a_past_of_its_own_when_it_is_changed_later(cloud: Served) -> None:
    dynamodb = cloud.client()
    make_table(dynamodb, "First")
    protect(dynamodb, "First")
    put(dynamodb, "First", "alice", 1)
    pass_time(cloud, "1h")
    dynamodb.restore_table_to_point_in_time(
        SourceTableName="First", TargetTableName="Second", UseLatestRestorableTime=True
    )
    wait_active(dynamodb, "Second")
    protect(dynamodb, "Second")
    second_s = pass_time(cloud, "1h")
    put(dynamodb, "Second", "alice", 2)
    pass_time(cloud, "1h")

    dynamodb.restore_table_to_point_in_time(SourceTableName="Second", TargetTableName="Third", RestoreDateTime=second_s)
    wait_active(dynamodb, "Third")

    assert amounts(dynamodb, "Third") == {"alice": 1}


def test_backup_brings_its_moment_back_when_its_table_is_gone(cloud: Served) -> None:
    dynamodb = cloud.client()
    make_table(dynamodb, "Kept")
    put(dynamodb, "Kept", "alice", 7)
    arn = dynamodb.create_backup(TableName="Kept", BackupName="by-hand")["BackupDetails"]["BackupArn"]
    put(dynamodb, "Kept", "alice", 8)
    dynamodb.delete_table(TableName="Kept")

    def available() -> bool:
        details = dynamodb.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]
        return bool(details["BackupStatus"] == "AVAILABLE")

    wait_until("the backup to be available", available, within_s=10)
    dynamodb.restore_table_from_backup(TargetTableName="Kept", BackupArn=arn)
    wait_active(dynamodb, "Kept")

    assert amounts(dynamodb, "Kept") == {"alice": 7}


def test_deleted_table_can_be_had_back_when_it_had_continuous_backups(cloud: Served) -> None:
    dynamodb = cloud.client()
    make_table(dynamodb, "Deleted")
    protect(dynamodb, "Deleted")
    put(dynamodb, "Deleted", "alice", 9)
    dynamodb.delete_table(TableName="Deleted")

    def system_backup() -> dict[str, object] | None:
        listed = dynamodb.list_backups(TableName="Deleted", BackupType="SYSTEM")["BackupSummaries"]
        return next((one for one in listed if one["BackupStatus"] == "AVAILABLE"), None)

    backup = wait_until("the system backup", system_backup, within_s=10)
    assert backup["BackupName"] == "Deleted$DeletedTableBackup"
    assert dynamodb.list_backups(TableName="Deleted")["BackupSummaries"] == []
    dynamodb.restore_table_from_backup(TargetTableName="Deleted", BackupArn=backup["BackupArn"])
    wait_active(dynamodb, "Deleted")
    assert amounts(dynamodb, "Deleted") == {"alice": 9}


def test_table_is_protected_when_its_template_says_so(embedded: Served) -> None:
    dynamodb, stacks = embedded.client(), embedded.client("cloudformation")
    stacks.create_stack(StackName="wallets", TemplateBody=TEMPLATE)
    wait_until(
        "the stack",
        lambda: stacks.describe_stacks(StackName="wallets")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE",
        within_s=20,
    )
    put(dynamodb, "Wallets", "alice", 5)
    assert window(dynamodb, "Wallets")["PointInTimeRecoveryStatus"] == "ENABLED"

    stacks.delete_stack(StackName="wallets")

    wait_until(
        "the system backup",
        lambda: dynamodb.list_backups(TableName="Wallets", BackupType="SYSTEM")["BackupSummaries"],
        within_s=20,
    )


def test_history_goes_on_when_the_edge_was_killed(tmp_path: Path) -> None:
    with engine(tmp_path / "engine") as upstream:
        with edge(tmp_path / "edge", "--upstream", upstream.url) as first:
            dynamodb = first.client()
            make_table(dynamodb, "Ledger")
            protect(dynamodb, "Ledger")
            put(dynamodb, "Ledger", "alice", 1)
            before = window(dynamodb, "Ledger")["EarliestRestorableDateTime"]
            good_s = pass_time(first, "1h")
            for amount in range(2, 30):
                put(dynamodb, "Ledger", "alice", amount)
            first.kill()
        with edge(tmp_path / "edge", "--upstream", upstream.url) as second:
            dynamodb = second.client()
            pass_time(second, "2h")

            assert window(dynamodb, "Ledger")["EarliestRestorableDateTime"] == before
            dynamodb.restore_table_to_point_in_time(
                SourceTableName="Ledger", TargetTableName="LedgerBefore", RestoreDateTime=good_s
            )
            wait_active(dynamodb, "LedgerBefore")
            assert amounts(dynamodb, "LedgerBefore") == {"alice": 1}
            told = second.admin("GET", "journal", params={"table": "Ledger", "limit": 1000})
            assert [int(one["after"]["Amount"]["N"]) for one in told["changes"]] == list(range(1, 30))
    assert verify(tmp_path / "edge" / "edge" / "journal").whole


def test_restore_waits_for_nobody_when_the_target_exists(cloud: Served) -> None:
    dynamodb = cloud.client()
    make_table(dynamodb, "Taken")
    protect(dynamodb, "Taken")

    with pytest.raises(dynamodb.exceptions.TableAlreadyExistsException):
        dynamodb.restore_table_to_point_in_time(
            SourceTableName="Taken", TargetTableName="Taken", UseLatestRestorableTime=True
        )


def test_namespaces_keep_apart_when_their_tables_have_one_name(cloud: Served) -> None:
    mine, theirs = cloud.client(account="111111111111"), cloud.client(account="222222222222")
    for dynamodb, amount in ((mine, 1), (theirs, 2)):
        make_table(dynamodb, "Same")
        protect(dynamodb, "Same")
        put(dynamodb, "Same", "alice", amount)
    pass_time(cloud, "1h")

    theirs.restore_table_to_point_in_time(
        SourceTableName="Same", TargetTableName="SameAgain", UseLatestRestorableTime=True
    )
    wait_active(theirs, "SameAgain")

    assert amounts(theirs, "SameAgain") == {"alice": 2}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        mine.describe_table(TableName="SameAgain")


def test_past_is_gone_when_the_edge_is_reset(tmp_path: Path) -> None:
    with edge(tmp_path) as cloud:
        dynamodb = cloud.client()
        for turn in (1, 2):
            make_table(dynamodb, "Accounts")
            protect(dynamodb, "Accounts")
            put(dynamodb, "Accounts", "alice", turn)
            told = cloud.admin("GET", "journal", params={"table": "Accounts"})
            assert [one["after"]["Amount"]["N"] for one in told["changes"]] == [str(turn)]
            dynamodb.create_backup(TableName="Accounts", BackupName="by-hand")
            cloud.admin("POST", "reset")
            assert cloud.admin("GET", "journal") == {"tables": []}
            assert dynamodb.list_backups(BackupType="ALL")["BackupSummaries"] == []
        assert list((tmp_path / "edge" / "backups").iterdir()) == []
