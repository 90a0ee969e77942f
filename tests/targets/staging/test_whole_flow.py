"""Staging whole, against an emulator that plays the account: begun, deployed, paid, ended, nothing left."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest

from harness.targets import Environment, open_environment

pytestmark = pytest.mark.slow

REHEARSE = str(Path(sys.executable).with_name("rehearse"))
ROOT = Path(__file__).resolve().parents[3]
ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "us-east-1"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """The emulator that plays the account, with a mock gateway."""
    with open_environment(instance="plays-account") as environment:
        yield environment


class Shell:
    """A shell with the account's keys and an allow list that has it."""

    def __init__(self, folder: Path, account: Environment) -> None:
        # What points at an environment or an account in the caller's shell must not get here.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "REHEARSAL_"))}
        self.environ = {
            **kept,
            "REHEARSAL_STATE_DIR": str(folder / "state"),
            "REHEARSAL_STAGING_ACCOUNTS": f"{ACCOUNT}:{REGION}",
            "REHEARSAL_STAGING_ENDPOINT_URL": account.aws_endpoint_url,
            "REHEARSAL_STAGING_GATEWAY_URL": account.gateway_url,
            "AWS_ACCESS_KEY_ID": ACCOUNT,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_CONFIG_FILE": str(folder / "none"),
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
        }
        self.folder = folder

    def run(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [REHEARSE, *words], env={**self.environ, **more}, cwd=ROOT, capture_output=True, text=True, timeout=180,
            check=False,
        )  # fmt: skip

    def must(self, *words: str) -> str:
        answer = self.run(*words)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def begin(self, instance: str) -> Mapping[str, Any]:
        document: Mapping[str, Any] = json.loads(
            self.must("up", "--target", "staging", "--instance", instance, "--yes", "--json")
        )
        return document

    def client(self, service: str) -> Any:
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.environ["REHEARSAL_STAGING_ENDPOINT_URL"],
            aws_access_key_id=ACCOUNT, aws_secret_access_key="test",
        )  # fmt: skip

    def state(self, instance: str) -> Path:
        return self.folder / "state" / instance / "state.json"


@pytest.fixture
def shell(tmp_path: Path, account: Environment) -> Shell:
    return Shell(tmp_path, account)


def small_stack(folder: Path) -> Path:
    template = folder / "small" / "template.yaml"
    template.parent.mkdir()
    template.write_text(
        "AWSTemplateFormatVersion: '2010-09-09'\n"
        "Resources:\n"
        "  Things:\n"
        "    Type: AWS::DynamoDB::Table\n"
        "    DeletionPolicy: Retain\n"
        "    Properties:\n"
        "      TableName: !Sub '${AWS::StackName}-Things'\n"
        "      BillingMode: PAY_PER_REQUEST\n"
        "      AttributeDefinitions: [{AttributeName: ID, AttributeType: S}]\n"
        "      KeySchema: [{AttributeName: ID, KeyType: HASH}]\n"
        "  Queue:\n"
        "    Type: AWS::SQS::Queue\n"
        "    Properties: {QueueName: !Sub '${AWS::StackName}-queue'}\n"
    )
    return template


def names_in(shell: Shell, prefix: str) -> list[str]:
    """Everything in the account whose name begins with a run's prefix."""
    dynamodb, sqs, s3, logs = (shell.client(one) for one in ("dynamodb", "sqs", "s3", "logs"))
    cloudformation = shell.client("cloudformation")
    names = [
        *dynamodb.list_tables()["TableNames"],
        *(url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])),
        *(one["Name"] for one in s3.list_buckets()["Buckets"]),
        *(one["logGroupName"].rpartition("/")[2] for one in logs.describe_log_groups()["logGroups"]),
        *(one["RoleName"] for one in shell.client("iam").list_roles()["Roles"]),
        *(one["FunctionName"] for one in shell.client("lambda").list_functions()["Functions"]),
        *(one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]),
        *(one["AlarmName"] for one in shell.client("cloudwatch").describe_alarms()["MetricAlarms"]),
    ]
    return [name for name in names if name.startswith(prefix)]


def test_payment_is_made_and_nothing_is_left_when_a_run_is_begun_used_and_ended(shell: Shell) -> None:
    prefix = f"rh-whole-{shell.begin('whole')['run']['id']}"
    assert names_in(shell, prefix) == []  # up makes nothing

    outputs = json.loads(shell.must("deploy", "payments", "--instance", "whole", "--json"))["payments"]
    assert outputs["WalletsTable"] == f"{prefix}-payments-Wallets"
    stack = shell.client("cloudformation").describe_stacks(StackName=f"{prefix}-payments")["Stacks"][0]
    assert {tag["Key"] for tag in stack["Tags"]} == {"rehearsal:run", "rehearsal:instance", "rehearsal:expires"}
    bucket = f"{prefix}-artifacts-{ACCOUNT}"
    s3 = shell.client("s3")
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"][0]["Status"] == "Enabled"

    shell.must("wallet", "open", "alice", "100.00", "--instance", "whole")
    shell.must("pay", "alice", "40.00", "--instance", "whole")
    assert "60.00" in shell.must("wallet", "show", "alice", "--instance", "whole")
    (listed,) = json.loads(shell.must("staging", "list", "--json"))["runs"]
    assert (listed["run"], listed["stacks"]) == (prefix, [f"{prefix}-payments"])

    lacking = shell.run("faults", "list", "--instance", "whole")
    assert lacking.returncode == 2
    assert "TargetLacks" in lacking.stderr

    shell.must("down", "--instance", "whole")
    assert names_in(shell, prefix) == []
    assert json.loads(shell.must("staging", "list", "--json"))["runs"] == []
    assert not shell.state("whole").exists()


def test_scenarios_have_verdicts_or_a_reason_when_they_run_in_an_account_of_its_own(shell: Shell) -> None:
    prefix = f"rh-told-{shell.begin('told')['run']['id']}"
    shell.must("deploy", "--instance", "told", "--quiet")
    stories = ("payments/test_double_click.py", "booking/test_deposit_paid.py", "payments/test_busy_step_functions.py")

    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *(f"scenarios/{one}" for one in stories),
         "--rehearsal-target", "staging", "--rehearsal-instance", "told",
         "--rehearsal-artifacts", str(shell.folder / "artifacts")],
        env=shell.environ, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert told.returncode == 0, told.stdout
    (verdicts,) = (shell.folder / "artifacts").glob("*/verdicts.json")
    document = json.loads(verdicts.read_text())
    assert document["lacking"]["target"] == "staging"
    lacking = [one for tests in document["lacking"]["by_reason"].values() for one in tests]
    assert {one.partition("::")[0] for one in lacking} == {"scenarios/payments/test_busy_step_functions.py"}
    assert "VALID" in json.dumps(document)
    shell.must("down", "--instance", "told")
    assert names_in(shell, prefix) == []


def test_left_things_are_named_with_cost_and_command_when_the_account_keeps_them(shell: Shell) -> None:
    run = shell.begin("left")["run"]
    prefix = f"rh-left-{run['id']}"
    shell.must("deploy", "--template", str(small_stack(shell.folder)), "--instance", "left")
    dynamodb, sns = shell.client("dynamodb"), shell.client("sns")
    table = f"{prefix}-small-Things"
    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    topic = sns.create_topic(Name="elsewhere", Tags=[{"Key": "rehearsal:run", "Value": run["id"]}])["TopicArn"]

    refused = shell.run("down", "--instance", "left")

    assert refused.returncode == 1
    assert f"AWS::DynamoDB::Table {table}, costs 0.25 USD a GB and month" in refused.stderr
    assert f"aws dynamodb delete-table --table-name {table}" in refused.stderr
    assert topic in refused.stderr
    assert names_in(shell, prefix) == [table]
    again = shell.run("up", "--target", "staging", "--instance", "left", "--yes")
    assert again.returncode == 2
    assert "is not finished" in again.stderr

    dynamodb.update_table(TableName=table, DeletionProtectionEnabled=False)
    sns.delete_topic(TopicArn=topic)
    shell.must("down", "--instance", "left")
    assert names_in(shell, prefix) == []


def test_second_down_finishes_when_the_first_was_killed(shell: Shell) -> None:
    prefix = f"rh-killed-{shell.begin('killed')['run']['id']}"
    shell.must("deploy", "--template", str(small_stack(shell.folder)), "--instance", "killed")

    with subprocess.Popen(
        [REHEARSE, "down", "--instance", "killed"], env=shell.environ, cwd=ROOT, stderr=subprocess.PIPE, text=True
    ) as first:
        assert first.stderr is not None
        assert "deleting stack" in first.stderr.readline()
        first.send_signal(signal.SIGKILL)
    assert json.loads(shell.state("killed").read_text())["state"] == "ending"
    assert shell.run("status", "--instance", "killed").returncode == 1

    shell.must("down", "--instance", "killed")
    assert names_in(shell, prefix) == []


def test_run_is_found_and_removed_when_the_machine_that_made_it_forgot_it(shell: Shell) -> None:
    prefix = f"rh-lost-{shell.begin('lost')['run']['id']}"
    shell.must("deploy", "--template", str(small_stack(shell.folder)), "--instance", "lost")
    shell.state("lost").unlink()

    assert prefix in shell.must("staging", "list")
    shell.must("staging", "remove", prefix)

    assert names_in(shell, prefix) == []


def test_run_is_not_touched_when_the_keys_are_another_accounts(shell: Shell) -> None:
    prefix = f"rh-other-{shell.begin('other')['run']['id']}"
    shell.must("deploy", "--template", str(small_stack(shell.folder)), "--instance", "other")
    before = names_in(shell, prefix)

    refused = shell.run("down", "--instance", "other", AWS_ACCESS_KEY_ID=OTHER)

    assert refused.returncode == 2
    assert f"account {OTHER}, and the run was made in account {ACCOUNT}" in refused.stderr
    assert names_in(shell, prefix) == before
    assert json.loads(shell.state("other").read_text())["state"] == "ready"
    shell.must("down", "--instance", "other")


def test_account_is_refused_when_it_smells_of_production(shell: Shell) -> None:
    dynamodb = shell.client("dynamodb")
    dynamodb.create_table(
        TableName="orders-prod",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
    )

    refused = shell.run("up", "--target", "staging", "--instance", "smelly", "--yes")

    dynamodb.delete_table(TableName="orders-prod")
    assert refused.returncode == 2
    assert "table:orders-prod" in refused.stderr
    assert not shell.state("smelly").exists()
