"""What `rehearse journal` prints."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

from harness.cli import journal
from harness.cli.app import application

CHANGES = [
    {
        "at": "2026-11-21T15:00:00.000+00:00",
        "operation": "TransactWriteItems",
        "caller": "wallet-service",
        "trace": "1-a",
        "transaction": "t-1",
        "system": False,
        "key": {"UserID": {"S": "alice"}},
        "key_text": "UserID=alice",
        "before": {"UserID": {"S": "alice"}, "Balance": {"N": "100"}, "Note": {"S": "old"}},
        "after": {"UserID": {"S": "alice"}, "Balance": {"N": "60"}},
    },
    {
        "at": "2026-11-21T15:00:01.000+00:00",
        "operation": "DeleteItem",
        "caller": "",
        "trace": "1-b",
        "transaction": "",
        "system": True,
        "key": {"UserID": {"S": "alice"}},
        "key_text": "UserID=alice",
        "before": {"UserID": {"S": "alice"}},
        "after": None,
    },
]
TABLE = {
    "account": "000000000000",
    "region": "us-east-1",
    "table": "payments-Wallets",
    "table_id": "",
    "made_at": "2026-11-21T14:00:00.000+00:00",
    "known_from": "2026-11-21T14:00:00.000+00:00",
    "gaps": [{"from": "2026-11-21T14:30:00.000+00:00", "until": None}],
}


class FakeJournal:
    def tables(self) -> list[Mapping[str, Any]]:
        return [TABLE]

    def history(self, table: str, *, key: str, since: str, limit: int) -> Mapping[str, Any]:
        return {**TABLE, "changes": CHANGES if key != "bob" else []}


@pytest.fixture(autouse=True)
def fake_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "_journal", lambda instance, target: FakeJournal())


def run(*arguments: str) -> Any:
    return CliRunner().invoke(application, ["journal", *arguments])


def test_changes_are_shown_as_differences_when_a_table_is_named() -> None:
    lines = run("Wallets", "--key", "alice").stdout.splitlines()

    assert "UserID=alice  changed  TransactWriteItems by wallet-service" in lines[0]
    assert lines[1:3] == ["    Balance  100 → 60", "    Note  old → gone"]
    assert "UserID=alice  deleted  TTL" in lines[3]


def test_tables_are_listed_with_what_was_lost_when_none_is_named() -> None:
    lines = run().stdout.splitlines()

    assert lines[0].split() == ["account", "region", "table", "known", "since", "changes", "lost"]
    assert "payments-Wallets" in lines[1]
    assert lines[1].endswith("until now")


def test_everything_is_one_document_when_json_is_asked_for() -> None:
    assert json.loads(run("Wallets", "--json").stdout)["changes"] == CHANGES
    assert json.loads(run("--json").stdout) == {"tables": [TABLE]}


def test_nothing_is_said_in_words_when_nothing_happened() -> None:
    answer = run("Wallets", "--key", "bob")

    assert answer.stdout == ""
    assert "nothing is known to have happened to bob of payments-Wallets" in answer.stderr
