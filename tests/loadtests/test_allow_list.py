"""The allow list is read exactly, and nonsense in it is refused in words."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.targets.staging import allow_list
from harness.targets.staging.allow_list import Bounds, allowed

EXAMPLE = Path(__file__).resolve().parents[2] / "staging.example.yaml"


def test_list_is_read_whole_when_the_example_is_copied() -> None:
    (bounds,) = allowed({"REHEARSAL_STAGING_FILE": str(EXAMPLE)})

    assert bounds == Bounds(
        "123456789012",
        "us-east-1",
        users_max=50,
        rate_per_s_max=200.0,
        duration_s_max=600.0,
        spend_usd_max=2.0,
        usd_per_day_max=2.0,
    )


def test_file_counts_when_the_variable_names_the_same_account() -> None:
    environ = {
        "REHEARSAL_STAGING_FILE": str(EXAMPLE),
        "REHEARSAL_STAGING_ACCOUNTS": "123456789012:us-east-1, 123456789012:eu-west-1",
    }

    assert [(one.region, one.users_max) for one in allowed(environ)] == [("us-east-1", 50), ("eu-west-1", 20)]


def test_nobody_is_listed_when_there_is_no_file_and_no_variable(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(allow_list, "default_file", lambda: tmp_path / "staging.yaml")

    assert allowed({}) == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("accounts: 5", "expected to hold `accounts:` and a list"),
        ("- a", "expected to hold `accounts:` and a list"),
        ("accounts: [{account: 123456789012, region: us-east-1}]", "expected twelve digits, in quotes"),
        ("accounts: [{account: '*', region: us-east-1}]", "expected twelve digits"),
        ("accounts: [{account: '123456789012', region: '*'}]", "expected a region"),
        ("accounts: [{account: '123456789012'}]", "account and region are needed"),
        ("accounts: [{account: '123456789012', region: us-east-1, user: 5}]", "unknown: user"),
        ("accounts: [{account: '123456789012', region: us-east-1, usd: .inf}]", "a number above 0"),
        ("accounts: [{account: '123456789012', region: us-east-1, users: 1.5}]", "a whole number"),
        ("accounts: [{account: '123456789012', region: us-east-1, for: long}]", "duration is 'long'"),
        ("accounts: [{account: '123456789012', region: us-east-1, expected: ['stack:*']}]", "without wildcards"),
        ("accounts: [{account: '123456789012', region: us-east-1, expected: all}]", "a list of findings by name"),
        ("accounts: [", "can't be read"),
    ],
)
def test_list_is_refused_when_it_makes_no_sense(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "staging.yaml"
    file.write_text(text)

    with pytest.raises(SettingInvalid) as refused:
        allowed({"REHEARSAL_STAGING_FILE": str(file)})
    assert words in str(refused.value)


@pytest.mark.parametrize("named", ["123456789012", "12345:us-east-1", "123456789012:everywhere", "*:us-east-1"])
def test_variable_is_refused_when_it_makes_no_sense(tmp_path: Path, monkeypatch, named: str) -> None:
    monkeypatch.setattr(allow_list, "default_file", lambda: tmp_path / "staging.yaml")

    with pytest.raises(SettingInvalid, match="expected ACCOUNT:REGION"):
        allowed({"REHEARSAL_STAGING_ACCOUNTS": named})


def test_missing_file_is_an_error_when_it_was_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="which is not there"):
        allowed({"REHEARSAL_STAGING_FILE": str(tmp_path / "staging.yaml")})
