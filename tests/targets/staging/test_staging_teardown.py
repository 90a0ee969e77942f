"""The end of a run is an empty list: what goes, what refuses to go, and what only its tag tells of."""

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from harness.errors import AnswerUnexpected
from harness.targets.staging import teardown
from harness.targets.staging.belongings import KINDS, Kind
from harness.targets.staging.costs import FREE_AT_REST, USD_A_GB_MONTH, USD_A_MONTH, cost_text, idle_usd_per_day
from harness.targets.staging.forgotten import forgotten_runs, parts_of, refuse_others
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import Run
from harness.targets.staging.teardown import LeftBehind, Teardown
from tests.targets.staging.account import BEGAN, Account, stack
from tests.targets.staging.test_staging_lifecycle import a_run

TABLE = "AWS::DynamoDB::Table"


class Ending(Account):
    """An account whose stacks and tables can be deleted; `keeps` names those that refuse."""

    keeps: frozenset[str] = frozenset()

    def delete_stack(self, **asked: str) -> None:
        if any(one["EnableTerminationProtection"] for one in self.stacks if one["StackId"] == asked["StackName"]):
            words = "TerminationProtection is enabled"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": words}}, "DeleteStack")
        self.stacks = [one for one in self.stacks if asked["StackName"] != one["StackId"]]

    def describe_stacks(self, **asked: str) -> dict[str, Any]:
        found = [one for one in self.stacks if one["StackId"] == asked["StackName"]]
        if not found:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": "it does not exist"}}, "DescribeStacks")
        return {"Stacks": found}

    def delete_table(self, **asked: str) -> None:
        if asked["TableName"] in self.keeps:
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "protected"}}, "DeleteTable")
        self.tables.remove(asked["TableName"])


@pytest.fixture(autouse=True)
def _tables_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teardown, "KINDS", tuple(kind for kind in KINDS if kind.type == TABLE))


def end(run: Run, account: Ending) -> None:
    Teardown(account.client, run, lambda _: None, gone_within_s=0.0, tags_within_s=0.0).end()


def test_only_the_runs_own_things_go_when_it_ends() -> None:
    run, other = a_run(), a_run()
    account = Ending(
        stacks=[stack(run.stack_name("payments")), stack(other.stack_name("payments")), stack("shop")],
        tables=[run.stack_name("Wallets"), other.stack_name("Wallets"), f"{run.prefix}x-Wallets", "Wallets"],
    )

    end(run, account)

    assert [one["StackName"] for one in account.stacks] == [other.stack_name("payments"), "shop"]
    assert account.tables == [other.stack_name("Wallets"), f"{run.prefix}x-Wallets", "Wallets"]


def test_what_refuses_to_go_is_told_with_its_cost_and_command_when_a_run_ends() -> None:
    run = a_run()
    account = Ending(tables=[run.stack_name("Wallets"), run.stack_name("Events")])
    account.keeps = frozenset({run.stack_name("Wallets")})

    with pytest.raises(LeftBehind, match="left 1 thing in account 111122223333") as left:
        end(run, account)

    told = str(left.value)
    assert left.value.exit_code == 1
    assert f"{TABLE} {run.stack_name('Wallets')}, costs 0.25 USD a GB and month" in told
    assert "protected" in told
    assert f"aws dynamodb delete-table --table-name {run.stack_name('Wallets')}" in told
    assert account.tables == [run.stack_name("Wallets")]


def test_stack_that_may_not_be_deleted_is_told_with_the_services_words_when_a_run_ends() -> None:
    run = a_run()
    account = Ending(stacks=[stack(run.stack_name("payments"), protected=True)])

    with pytest.raises(LeftBehind) as left:
        end(run, account)

    assert "TerminationProtection is enabled" in str(left.value)
    assert f"aws cloudformation delete-stack --stack-name {run.stack_name('payments')}" in str(left.value)


def test_end_says_so_when_the_account_does_not_let_it_look(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: Any, **__: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not allowed"}}, "ListTables")

    monkeypatch.setattr(Ending, "answer", forbidden)

    with pytest.raises(AnswerUnexpected, match="is not ended") as problem:
        end(a_run(), Ending())
    assert "AccessDenied" in str(problem.value)


def test_tagged_things_of_other_services_are_told_when_a_run_ends() -> None:
    run = a_run()
    account = Ending(
        tags=[
            ("arn:aws:sns:eu-central-1:111122223333:topic", "rehearsal:run", run.id),
            (f"arn:aws:dynamodb:eu-central-1:111122223333:table/{run.prefix}-gone-already", "rehearsal:run", run.id),
            (f"arn:aws:logs:eu-central-1:111122223333:log-group:/aws/lambda/{run.prefix}-x", "rehearsal:run", run.id),
            (f"arn:aws:s3:::{run.bucket}", "rehearsal:run", run.id),
            ("arn:aws:apigateway:eu-central-1::/restapis/a1b2c3", "rehearsal:run", run.id),
            ("arn:aws:lambda:eu-central-1:111122223333:event-source-mapping:1-2", "rehearsal:run", run.id),
            ("arn:aws:sns:eu-central-1:111122223333:another", "rehearsal:run", "zzzzzz"),
        ]
    )

    with pytest.raises(LeftBehind) as left:
        end(run, account)

    assert [one.what.name for one in left.value.left] == ["arn:aws:sns:eu-central-1:111122223333:topic"]


@pytest.mark.parametrize(
    "arn", ["dynamodb:eu-central-1:111122223333:table/Wallets", "events:eu-central-1:1:event-bus/{}"]
)
def test_tagged_thing_is_told_when_no_list_by_name_would_show_it(arn: str) -> None:
    run = a_run()
    named = f"arn:aws:{arn.format(run.stack_name('bus'))}"

    with pytest.raises(LeftBehind) as left:
        end(run, Ending(tags=[(named, "rehearsal:run", run.id)]))

    assert [one.what.name for one in left.value.left] == [named]


def test_composite_alarms_are_found_when_an_account_tells_of_those_only_that_are_asked_for() -> None:
    run = a_run()
    (alarms,) = (kind for kind in KINDS if kind.type == "AWS::CloudWatch::Alarm")

    class Alarms(Account):
        def answer(self, operation: str, **asked: Any) -> dict[str, Any]:
            assert operation == "describe_alarms"
            kinds = asked.get("AlarmTypes", ["MetricAlarm"])
            return {f"{kind}s": [{"AlarmName": run.stack_name(kind)}] for kind in kinds}

    names = [one.name for one in alarms.of(Alarms().client, run)]

    assert names == [run.stack_name("CompositeAlarm"), run.stack_name("MetricAlarm")]


def test_removal_is_refused_when_the_name_is_what_other_runs_begin_with() -> None:
    run = replace(a_run("my-branch"), id="abcdef")
    found = forgotten_runs(Account(stacks=[stack(run.stack_name("payments"), tags=run.tags)]).client)

    assert parts_of("rh-my-branch") == ("my", "branch")
    with pytest.raises(StagingRefused, match="rh-my-branch is what 1 run begins with") as refused:
        refuse_others("rh-my-branch", found)
    assert refused.value.remedy == "rehearse staging remove rh-my-branch-abcdef"
    refuse_others(run.prefix, found)


def test_every_kind_that_is_swept_has_a_known_cost() -> None:
    known = {*USD_A_MONTH, *USD_A_GB_MONTH, *FREE_AT_REST}

    assert {kind.type for kind in KINDS} <= known
    assert all("unknown" not in cost_text(kind.type) for kind in KINDS)
    assert "unknown" in cost_text("AWS::RDS::DBCluster")


def test_commands_name_what_they_remove() -> None:
    def command(kind: Kind) -> str:
        return kind.command.format(name="the-name", handle="the-handle")

    assert all("the-" in command(kind) and command(kind).startswith("aws ") for kind in KINDS)


def test_standing_costs_are_those_of_alarms_and_secrets_when_nobody_uses_a_stack() -> None:
    per_day = idle_usd_per_day(["AWS::CloudWatch::Alarm"] * 10 + ["AWS::SecretsManager::Secret", "AWS::SQS::Queue"])

    assert per_day == pytest.approx((10 * 0.10 + 0.40) * 24 / 730)


def test_runs_are_found_by_tag_and_bucket_when_nobody_remembers_them() -> None:
    run = replace(a_run("two-words"), id="abcdef")
    account = Account(
        stacks=[stack(run.stack_name("payments"), tags=run.tags), stack("rh-mine-abcdef-shop"), stack("shop")],
        buckets=[run.bucket, "rh-lost-zyxwvu-artifacts-111122223333", "rh-artifacts-of-others"],
    )

    found = {one.prefix: one for one in forgotten_runs(account.client)}

    assert set(found) == {"rh-two-words-abcdef", "rh-lost-zyxwvu"}
    one = found["rh-two-words-abcdef"]
    assert (one.stacks, one.buckets, one.since) == ([run.stack_name("payments")], [run.bucket], BEGAN)
    assert one.usd_per_day == pytest.approx(24 / 730)
    assert not one.is_expired(BEGAN)
    assert one.is_expired(BEGAN.replace(day=22))
    assert one.run("111122223333", "eu-central-1", "").prefix == run.prefix


@pytest.mark.parametrize("prefix", ["payments", "rh-", "rh-abcdef", "rh--abcdef", "rh-demo-abc", "rh-demo-ABCDEF"])
def test_prefix_is_no_runs_when_it_has_another_form(prefix: str) -> None:
    assert parts_of(prefix) is None
