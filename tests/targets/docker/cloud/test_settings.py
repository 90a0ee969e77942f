"""Variables become settings; a mistake in one is named."""

from pathlib import Path

import pytest

from harness.errors import SettingInvalid
from harness.targets.docker.cloud.settings import Settings


def test_defaults_hold_when_no_variable_is_set() -> None:
    settings = Settings.from_environ({"AWS_REGION": "eu-west-1"})

    assert (settings.port, settings.localstack_url, settings.dynamodb_url) == (
        4566,
        "http://localstack:4566",
        "http://dynamodb:8000",
    )
    assert settings.calls_file == Path("/var/rehearsal/calls.jsonl")
    assert settings.kept_in_localstack is None


def test_variables_are_read_when_they_are_set() -> None:
    settings = Settings.from_environ(
        {
            "REHEARSAL_CLOUD_PORT": "4600",
            "REHEARSAL_CLOUD_API_PORTS": '{"payments": 3001}',
            "REHEARSAL_CLOUD_IMAGES": "",
            "REHEARSAL_CLOUD_TABLES_IN_LOCALSTACK": "Wallets, *-Ledger",
            "REHEARSAL_CLOUD_READY_WITHIN_S": "7.5",
        }
    )

    assert (settings.port, settings.api_ports, settings.images) == (4600, {"payments": 3001}, {})
    assert settings.ready_within_s == 7.5
    kept = settings.kept_in_localstack
    assert kept is not None
    assert [kept.mean(name) for name in ("s-Wallets", "s-Ledger", "Users")] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("PORT", "many", "REHEARSAL_CLOUD_PORT is 'many'"),
        ("API_PORTS", "[3001]", "REHEARSAL_CLOUD_API_PORTS is '[3001]': expected a JSON object"),
        ("IMAGES", "{", "REHEARSAL_CLOUD_IMAGES is '{'"),
        ("PROT", "1", "REHEARSAL_CLOUD_PROT is no setting"),
    ],
)
def test_variable_is_named_when_it_makes_no_sense(name: str, text: str, words: str) -> None:
    with pytest.raises(SettingInvalid) as refused:
        Settings.from_environ({f"REHEARSAL_CLOUD_{name}": text})

    assert words in refused.value.headline
