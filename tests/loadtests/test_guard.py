"""Load goes to this machine alone, and within bounds, unless an account is listed, priced and confirmed."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.targets.staging.identity import Identity, identity
from harness.targets.staging.places import is_loopback
from harness.targets.staging.refusal import StagingRefused
from loadtests.guard import check, check_addresses
from loadtests.settings import Settings

ACCOUNT, REGION = "111122223333", "us-east-1"
STS, DYNAMODB = "https://sts.us-east-1.amazonaws.com", "https://dynamodb.us-east-1.amazonaws.com"
LISTED = {"REHEARSAL_STAGING_ACCOUNTS": f"{ACCOUNT}:{REGION}"}
STAGING = Settings(target="staging", users=5, rate_per_s=10.0, duration_s=60.0, yes=True)


def signed_in(account: str = ACCOUNT, *endpoints: str):
    def who(region: str) -> Identity:
        return Identity(account, f"arn:aws:iam::{account}:user/tester", endpoints or (STS, DYNAMODB))

    return who


def nobody(region: str) -> Identity:
    raise AssertionError("STS was asked although nothing is listed")


@pytest.fixture
def listed(tmp_path: Path) -> Mapping[str, str]:
    """The variables of a shell whose allow list has one account."""
    file = tmp_path / "staging.yaml"
    file.write_text(
        f"accounts:\n- account: '{ACCOUNT}'\n  region: {REGION}\n  users: 30\n  rate: 50\n  for: 2m\n  usd: 0.05\n"
    )
    return {"REHEARSAL_STAGING_FILE": str(file)}


def test_run_is_permitted_when_no_target_is_named_and_it_is_small() -> None:
    assert check(Settings(), {}).bounds is None
    assert check(Settings(), {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}).bounds is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"users": 101}, "--users is 101"),
        ({"duration_s": 301.0}, "at most 300"),
        ({"rate_per_s": 6000.0}, "360,000"),
    ],
)
def test_run_is_refused_when_no_target_is_named_and_it_is_large(change: dict[str, float], words: str) -> None:
    with pytest.raises(StagingRefused) as refused:
        check(replace(Settings(), **change), {})

    assert words in str(refused.value)
    assert "--target local" in str(refused.value)
    assert check(replace(Settings(target="local"), **change), {}).bounds is None


@pytest.mark.parametrize("target", ["", "local"])
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "PAYMENTS_API_URL"])
def test_run_is_refused_when_a_variable_leads_away_from_this_machine(name: str, target: str) -> None:
    with pytest.raises(StagingRefused, match=f"{name} is https://192.0.2.7"):
        check(Settings(target=target), {name: "https://192.0.2.7"})


@pytest.mark.parametrize("address", ["http://127.0.0.1:80", "http://localhost:4566", "http://[::1]:80", "127.0.0.9:1"])
def test_address_is_this_machine_when_it_resolves_to_loopback(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["https://192.0.2.1", "http://0.0.0.0:80", "", "http://127.0.0.1@192.0.2.1/"])
def test_address_is_not_this_machine_when_it_resolves_elsewhere(address: str) -> None:
    assert not is_loopback(address)


def test_staging_is_refused_with_what_to_set_when_there_is_no_allow_list(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("harness.targets.staging.allow_list.default_file", lambda: tmp_path / "staging.yaml")

    with pytest.raises(StagingRefused) as refused:
        check(STAGING, {}, who=nobody)

    assert refused.value.exit_code == 2
    assert "staging.example.yaml" in refused.value.remedy
    assert "REHEARSAL_STAGING_ACCOUNTS=ACCOUNT:REGION" in refused.value.remedy


def test_staging_is_refused_when_the_account_is_not_listed(listed: Mapping[str, str]) -> None:
    with pytest.raises(StagingRefused, match="account 444455556666 in us-east-1 is not on the allow list"):
        check(STAGING, listed, who=signed_in("444455556666"))


def test_staging_is_refused_when_the_account_is_listed_for_another_region(listed: Mapping[str, str]) -> None:
    with pytest.raises(StagingRefused, match="in eu-west-1 is not on the allow list"):
        check(replace(STAGING, region="eu-west-1"), listed, who=signed_in())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"users": 31}, "--users is 31, expected at most 30"),
        ({"rate_per_s": 51.0}, "--rate is 51, expected at most 50"),
        ({"duration_s": 121.0}, "--for is 2m1s, expected at most 2m"),
        ({"rate_per_s": 0.0}, "needs a rate"),
    ],
)
def test_staging_is_refused_when_the_run_exceeds_the_accounts_bounds(
    listed: Mapping[str, str], change: dict[str, float], words: str
) -> None:
    with pytest.raises(StagingRefused, match=words):
        check(replace(STAGING, **change), listed, who=signed_in())


def test_staging_is_refused_when_the_estimate_exceeds_the_cap(listed: Mapping[str, str]) -> None:
    with pytest.raises(StagingRefused, match="more than its cap") as refused:
        check(replace(STAGING, spend_cap_usd=0.0001), listed, who=signed_in())

    assert {"write units", "prices"} <= set(refused.value.evidence)


def test_staging_is_permitted_up_to_the_lists_cap_when_more_was_asked_for(
    listed: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    permit = check(replace(STAGING, spend_cap_usd=100.0), listed, who=signed_in())

    assert permit.cap_usd == 0.05
    assert permit.bounds is not None
    assert permit.bounds.account == ACCOUNT
    assert "Estimated 0.000865 USD, stopped at 0.05 USD" in capsys.readouterr().err


def test_staging_is_permitted_when_the_variable_lists_the_account(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("harness.targets.staging.allow_list.default_file", lambda: tmp_path / "none.yaml")

    assert check(STAGING, LISTED, who=signed_in()).cap_usd == 1.0


def test_staging_is_refused_when_nobody_confirms(listed: Mapping[str, str], monkeypatch) -> None:
    unsure = replace(STAGING, yes=False)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)

    with pytest.raises(StagingRefused, match="nobody is here to ask"):
        check(unsure, listed, who=signed_in())
    with pytest.raises(StagingRefused, match="was not confirmed"):
        check(unsure, listed, who=signed_in(), ask=lambda question: False)
    assert check(unsure, listed, who=signed_in(), ask=lambda question: True).bounds is not None


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("http://192.0.2.9:4566", "which is not AWS"),
        ("http://127.0.0.1:1", "is an emulator, which must never see such"),
    ],
)
def test_keys_of_aws_are_sent_nowhere_when_an_endpoint_is_configured_that_is_not_aws(
    endpoint: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA" + "Z" * 16)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    monkeypatch.delenv("AWS_PROFILE", raising=False)

    with pytest.raises(StagingRefused, match=words):
        identity(REGION)


def test_staging_is_refused_when_services_are_sent_to_different_places(listed: Mapping[str, str]) -> None:
    with pytest.raises(StagingRefused, match="AWS_ENDPOINT_URL_STS is set"):
        check(STAGING, {**listed, "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1"}, who=nobody)
    with pytest.raises(StagingRefused, match="at different places"):
        check(STAGING, listed, who=signed_in(ACCOUNT, "http://127.0.0.1:1", DYNAMODB))
    with pytest.raises(StagingRefused, match="is not AWS"):
        check(STAGING, listed, who=signed_in(ACCOUNT, "https://192.0.2.9", DYNAMODB))


@pytest.mark.parametrize(
    "other", ["http://dynamodb.us-east-1.amazonaws.com", "https://192.0.2.9", "https://amazonaws.com.test"]
)
def test_address_is_refused_when_load_on_staging_would_leave_aws(
    listed: Mapping[str, str], other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Asking a name server that nobody answers for would take seconds.
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 0, 0, "", ("192.0.2.9", 443))])
    permit = check(STAGING, listed, who=signed_in())

    check_addresses(STAGING, [DYNAMODB, "https://abc.execute-api.us-east-1.amazonaws.com/live"], permit)
    with pytest.raises(StagingRefused, match="is not AWS"):
        check_addresses(STAGING, [other], permit)


def test_addresses_are_refused_when_a_local_run_would_leave_this_machine() -> None:
    with pytest.raises(StagingRefused, match="expected one of this machine"):
        check_addresses(Settings(target="local"), ["http://127.0.0.1:1", DYNAMODB])
