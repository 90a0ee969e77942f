"""Bringing a run up makes nothing but a note; whose yes it needs, and what an environment on an account can't do."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import SettingInvalid, TargetLacks
from harness.targets import Environment, lifecycle, open_environment
from harness.targets.instance import Instance
from harness.targets.staging import guard
from harness.targets.staging.allow_list import Bounds
from harness.targets.staging.consent import Question, consent_by
from harness.targets.staging.identity import session_for
from harness.targets.staging.kept import ENDING, Kept, keep, keep_api_url, read_kept
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import Run, new_run
from tests.targets.staging.account import ACCOUNT, BEGAN, REGION

LONGEST_FUNCTION = "reconcile-deposits"


def a_run(instance: str = "demo", **change: Any) -> Run:
    values = {"account_id": ACCOUNT, "region": REGION, "gateway_url": "https://mock.example.org", "endpoint_url": ""}
    return new_run(instance, now=BEGAN, lasts_s=3600.0, **{**values, **change})


@pytest.fixture
def permitted(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Let the guard permit one run, whatever the shell holds."""
    run = a_run()
    question = Question(run, Bounds(ACCOUNT, REGION), "arn:aws:iam::111122223333:user/tester")
    monkeypatch.setattr(guard, "check", lambda *_: question)
    return run


def up(name: str = "demo", region: str = REGION) -> Environment:
    environment, process = lifecycle.up("staging", name, region=region, progress=lambda _: None)
    assert process is None
    return environment


def test_run_is_written_down_when_somebody_says_yes(permitted: Run) -> None:
    with consent_by(lambda _: True):
        environment = up()

    assert environment.run == permitted.to_json()
    assert (environment.aws_endpoint_url, environment.account_id) == ("", ACCOUNT)
    assert lifecycle.target_of("demo") == "staging"
    assert lifecycle.require_ready("demo", "staging") == environment
    assert up() == environment  # up twice is up once, and asks nobody


def test_nothing_is_written_down_when_somebody_says_no(permitted: Run) -> None:
    with consent_by(lambda _: False), pytest.raises(StagingRefused, match="was not confirmed"):
        up()

    assert not Instance("demo").state_file.exists()


def test_run_is_refused_when_nobody_is_there_to_say_yes(permitted: Run) -> None:
    with pytest.raises(StagingRefused, match="nobody is here to ask"):
        up()


def test_target_lacks_it_when_an_environment_is_to_end_with_a_program() -> None:
    with pytest.raises(TargetLacks, match="ends with a process"), open_environment("staging", instance="demo"):
        pass


def test_up_is_refused_when_the_end_of_the_last_run_is_not_finished() -> None:
    keep(Kept(a_run(), ENDING, left=({"type": "T", "name": "n", "remove": "rm n"},)))

    with pytest.raises(SettingInvalid, match="is not finished") as refused:
        up()

    assert refused.value.remedy == "rehearse down --instance demo"
    status = lifecycle.status_of("demo")
    assert (status.state, status.death["log"]) == ("dead", ["T n: rm n"])


def test_up_is_refused_when_the_run_is_in_another_region() -> None:
    keep(Kept(a_run()))

    with pytest.raises(SettingInvalid, match="is in eu-central-1, expected us-east-1"):
        up(region="us-east-1")


def test_down_does_nothing_when_there_is_no_run() -> None:
    assert not lifecycle.down("demo")


def test_environment_says_what_it_lacks_and_holds_no_keys_when_it_is_an_account() -> None:
    environment = Kept(a_run()).environment()

    with pytest.raises(TargetLacks, match="no faults of AWS calls, no clock, no capacity"):
        environment.edge_url()
    with pytest.raises(TargetLacks, match="no parts"):
        lifecycle.lifecycle_of("staging").log_lines("demo", "cloud", last=1, follow=False)
    assert not {name for name in environment.environ() if "KEY" in name or "ENDPOINT" in name}
    assert environment.environ()["AWS_REGION"] == REGION
    assert Environment.from_json(json.loads(json.dumps(environment.to_json()))) == environment


def test_address_is_remembered_when_a_system_is_deployed() -> None:
    kept = Kept(a_run())
    keep(kept)

    keep_api_url(kept.environment(), "payments", "https://api.example.org/v1")
    keep_api_url(Kept(a_run()).environment(), "payments", "https://another-run.example.org")

    again = read_kept("demo")
    assert again is not None
    assert again.environment().api_url("payments") == "https://api.example.org/v1"


class Sessions:
    """Stands for boto3.Session; every one that is made has the next account's keys."""

    def __init__(self, *accounts: str) -> None:
        self._accounts = iter(accounts)

    def __call__(self, **_: Any) -> "Sessions":
        made = Sessions()
        made.account = next(self._accounts)
        return made

    account = ""
    meta = SimpleNamespace(endpoint_url="https://sts.eu-central-1.amazonaws.com")

    def get_credentials(self) -> Any:
        return SimpleNamespace(access_key="AKIA" + "Z" * 16)

    def client(self, _service: str, **_: Any) -> "Sessions":
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": self.account, "Arn": f"arn:aws:iam::{self.account}:user/tester"}


def test_clients_have_the_keys_that_were_checked_when_others_come_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.Session", Sessions(ACCOUNT, "444455556666"))
    session_for.cache_clear()

    assert Kept(a_run()).environment().client("dynamodb").account == ACCOUNT

    session_for.cache_clear()


def test_run_is_not_ended_when_an_environment_of_another_target_gets_its_name() -> None:
    keep(Kept(a_run(), ENDING))

    with pytest.raises(SettingInvalid, match="is on target staging, expected embedded"):
        lifecycle.up("embedded", "demo", progress=lambda _: None)
    kept = read_kept("demo")
    assert kept is not None
    assert kept.state == ENDING


def test_clients_are_refused_when_the_keys_are_another_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boto3.Session", Sessions("444455556666"))
    session_for.cache_clear()

    with pytest.raises(StagingRefused, match="account 444455556666, and the run was made in account 111122223333"):
        Kept(a_run()).environment().client("dynamodb")


def test_names_fit_aws_when_the_instance_has_the_longest_name() -> None:
    run = a_run("x" * 20)

    assert len(f"{run.stack_name('booking')}-{LONGEST_FUNCTION}") <= 64
    assert len(run.bucket) <= 63
    assert run.stack_name(run.stack_name("booking")) == run.stack_name("booking")
    with pytest.raises(SettingInvalid, match="at most 20 on staging"):
        a_run("x" * 21)


def test_runs_share_no_names_when_they_have_the_same_instance() -> None:
    one, other = a_run(), a_run()

    assert not one.owns(other.stack_name("payments"))
