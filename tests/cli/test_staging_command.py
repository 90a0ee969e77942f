"""What a run costs is told, bounded by the allow list, and confirmed; forgotten runs are listed and removed by name."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.cli.staging import bring_up, remove
from harness.errors import SettingInvalid
from harness.targets.staging import guard
from harness.targets.staging.allow_list import Bounds
from harness.targets.staging.consent import Question
from harness.targets.staging.kept import read_kept
from harness.targets.staging.refusal import StagingRefused
from harness.targets.staging.run import new_run

RUN = new_run(
    "demo", account_id="111122223333", region="us-east-1", gateway_url="https://mock.example.org",
    now=datetime(2026, 11, 21, tzinfo=UTC), lasts_s=3600.0, endpoint_url="",
)  # fmt: skip
QUESTION = Question(RUN, Bounds("111122223333", "us-east-1"), "arn:aws:iam::111122223333:user/tester")


@pytest.fixture(autouse=True)
def permitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))
    monkeypatch.setattr(guard, "check", lambda *_: QUESTION)


def test_run_begins_and_its_cost_is_told_when_the_option_says_yes(capsys: pytest.CaptureFixture[str]) -> None:
    environment, began = bring_up("demo", "us-east-1", yes=True, quiet=False)

    assert began
    assert environment.run == RUN.to_json()
    told = capsys.readouterr().err
    assert "USD a day" in told
    assert "scenarios" in told
    assert bring_up("demo", "us-east-1", yes=False, quiet=True) == (environment, False)


def test_run_is_refused_when_nobody_says_yes_and_there_is_no_terminal() -> None:
    with pytest.raises(StagingRefused, match="nobody is here to ask"):
        bring_up("demo", "us-east-1", yes=False, quiet=True)

    assert read_kept("demo") is None


def test_run_is_refused_whatever_was_answered_when_it_costs_more_than_the_list_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bounds = replace(QUESTION.bounds, usd_per_day_max=0.01)
    monkeypatch.setattr(guard, "check", lambda *_: replace(QUESTION, bounds=bounds))

    with pytest.raises(StagingRefused, match=r"expected at most 0\.01 USD in account 111122223333"):
        bring_up("demo", "us-east-1", yes=True, quiet=True)

    assert read_kept("demo") is None


def test_nothing_is_removed_when_the_name_is_no_runs() -> None:
    with pytest.raises(SettingInvalid, match="'payments' is no run's prefix"):
        remove("payments")
