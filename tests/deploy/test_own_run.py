"""What a run on an account changes of a deployment: names, tags, bucket; and that other environments change nothing."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from harness.deploy.own_run import (
    api_url_of,
    bucket_of,
    check_gateway,
    engine_of,
    note_api,
    run_of,
    stack_name_in,
    tags_of,
)
from harness.targets.staging.kept import Kept, keep, read_kept
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import new_run

RUN = new_run(
    "demo", account_id="111122223333", region="us-east-1", gateway_url="https://mock.example.org",
    now=datetime(2026, 11, 21, tzinfo=UTC), lasts_s=3600.0, endpoint_url="",
)  # fmt: skip
OUTPUTS = {"ApiId": "a1b2", "ApiStage": "v1", "ApiUrl": "https://a1b2.execute-api.us-east-1.amazonaws.com/v1"}


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))


def test_everything_is_the_runs_own_when_an_account_is_deployed_to() -> None:
    staging = Kept(RUN).environment()

    assert stack_name_in(staging, "payments") == f"{RUN.prefix}-payments"
    assert bucket_of(staging) == f"{RUN.prefix}-artifacts-111122223333"
    assert tags_of(staging)["rehearsal:run"] == RUN.id
    assert engine_of(staging) == "staging"


def test_nothing_changes_when_the_environment_is_no_run(environment) -> None:
    assert run_of(environment) is None
    assert stack_name_in(environment, "payments") == "payments"
    assert bucket_of(environment) == "rehearsal-artifacts-000000000000"
    assert tags_of(environment) == {}
    assert engine_of(environment) == "embedded"


def test_api_is_where_the_account_says_unless_an_emulator_plays_it() -> None:
    played = Kept(replace(RUN, endpoint_url="http://127.0.0.1:4599")).environment()

    assert api_url_of(Kept(RUN).environment(), OUTPUTS) == OUTPUTS["ApiUrl"]
    assert api_url_of(played, OUTPUTS) == "http://127.0.0.1:4599/restapis/a1b2/v1/_user_request_"
    assert engine_of(played) == "embedded"


def test_later_commands_know_the_api_when_a_system_was_deployed() -> None:
    keep(Kept(RUN))

    note_api("payments", Kept(RUN).environment(), OUTPUTS)
    note_api("batch", Kept(RUN).environment(), {"QueueUrl": "https://sqs"})

    kept = read_kept("demo")
    assert kept is not None
    assert kept.api_urls == {"payments": OUTPUTS["ApiUrl"]}


def test_real_gateway_is_refused_when_a_parameter_names_one_on_an_account(environment) -> None:
    real = {"GatewayUrl": "https://api.stripe.com"}

    with pytest.raises(StagingRefused, match=r"api\.stripe\.com, a real card gateway"):
        check_gateway(Kept(RUN).environment(), real)
    check_gateway(environment, real)  # an emulator's functions may be pointed anywhere, as before
