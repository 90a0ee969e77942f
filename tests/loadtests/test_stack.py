"""The load stack's template is sound, capacity is asked for as the settings say, and seeds are bounded."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import AnswerUnexpected, EnvironmentNotRunning, SettingInvalid
from harness.targets.staging.identity import Identity
from harness.targets.staging.refusal import StagingRefused
from loadtests.cloud import Staging, addresses, is_local, open_cloud
from loadtests.enforcing import enforced, table_settings, tables_of
from loadtests.settings import SEEDED_MAX, Settings
from loadtests.stack import TEMPLATE, check_present
from loadtests.stack.seeding import BATCH, seed_wallets
from loadtests.stories import STORIES

SETTINGS = Settings(wallets=30, tenants=3)


class Table:
    """A table that takes batches; of the first one it leaves an item unprocessed."""

    def __init__(self) -> None:
        self.items: list[dict[str, Any]] = []
        self.calls = 0

    def client(self, _: str) -> "Table":
        return self

    def batch_write_item(self, *, RequestItems: dict[str, list[Any]]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        self.calls += 1
        ((table, requests),) = RequestItems.items()
        assert len(requests) <= BATCH
        left = requests[:1] if self.calls == 1 else []
        self.items.extend(request["PutRequest"]["Item"] for request in requests[len(left) :])
        return {"UnprocessedItems": {table: left} if left else {}}


@pytest.mark.slow
def test_template_has_no_findings_when_linted() -> None:
    program = shutil.which("cfn-lint", path=str(Path(sys.executable).parent))
    assert program is not None

    linted = subprocess.run([program, str(TEMPLATE)], capture_output=True, text=True, timeout=120, check=False)

    assert linted.returncode == 0, linted.stdout


def test_every_wallet_has_all_its_shards_when_seeded() -> None:
    table = Table()

    written = seed_wallets(table, "load-Wallets", replace(SETTINGS, shards=2))  # type: ignore[arg-type]

    names = {item["UserID"]["S"] for item in table.items}
    assert written == len(names) == len(table.items) == 60
    assert {"wallet-000000#0", "wallet-000000#1", "wallet-000029#1"} <= names
    assert {item["TenantID"]["S"] for item in table.items} == {"tenant-000", "tenant-001", "tenant-002"}


def test_seeds_are_bounded_when_there_are_many_wallets() -> None:
    table = Table()

    assert seed_wallets(table, "load-Wallets", replace(SETTINGS, wallets=1_000_000)) == SEEDED_MAX  # type: ignore[arg-type]
    assert len(table.items) == SEEDED_MAX


def test_only_tables_are_enforced_when_outputs_name_other_things() -> None:
    outputs = {"WalletsTable": "load-Wallets", "EventsTable": "load-Events", "AlarmsQueueUrl": "http://queue"}

    assert tables_of(outputs) == ["load-Events", "load-Wallets"]


@pytest.mark.parametrize(("capacity", "enforce"), [("enforce", True), ("count", False)])
def test_capacity_is_asked_for_as_the_settings_say_when_it_is_on(capacity: str, *, enforce: bool) -> None:
    asked = table_settings(replace(SETTINGS, capacity=capacity, capacity_scale=0.05, split_after_s=7.0))

    assert (asked["enforce"], asked["scale"], asked["split_after_s"]) == (enforce, 0.05, 7.0)


def test_nothing_is_asked_of_an_edge_when_the_cloud_has_none() -> None:
    staging = Staging("eu-central-1", "123456789012")

    assert not is_local(staging)
    assert addresses(staging) == []
    with enforced(staging, SETTINGS, {"WalletsTable": "load-Wallets"}) as capacity:
        assert capacity is None


def test_staging_is_refused_when_it_has_no_region() -> None:
    with pytest.raises(SettingInvalid, match="--region"), open_cloud(replace(SETTINGS, target="staging")):
        pass


@pytest.mark.parametrize("account", ["111122223333", "444455556666"])
def test_load_has_the_keys_that_were_checked_when_others_come_meanwhile(
    account: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REHEARSAL_STAGING_FILE", raising=False)
    monkeypatch.setenv("REHEARSAL_STAGING_ACCOUNTS", "111122223333:us-east-1")
    arn, at_aws = f"arn:aws:iam::{account}:user/tester", ("https://sts.us-east-1.amazonaws.com",)
    session, seen = Table(), Identity(account, arn, at_aws)
    monkeypatch.setattr("loadtests.cloud.session_and_identity", lambda *_, **__: (session, seen))
    monkeypatch.setattr("boto3.Session", None)
    asked = replace(SETTINGS, target="staging", region="us-east-1")

    if account == "111122223333":
        with open_cloud(asked) as cloud:
            assert cloud.client("dynamodb") is session
    else:
        with pytest.raises(StagingRefused, match="is not on the allow list"), open_cloud(asked):
            pass


def test_instance_is_refused_when_it_does_not_run() -> None:
    chosen = replace(SETTINGS, instance="load-nobody-started-this")
    with pytest.raises((EnvironmentNotRunning, AnswerUnexpected)), open_cloud(chosen):
        pass


@pytest.mark.parametrize("name", STORIES)
def test_story_has_what_it_needs_when_the_project_has_the_system(name: str) -> None:
    check_present(STORIES[name])
