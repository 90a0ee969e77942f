"""`rehearse faults`: apply a file, list, tell what fired, heal; in text and in JSON."""

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from harness.cli import faults
from harness.clients import EdgeClient
from tests.command_line import run_rehearse
from tests.edge.faults.stage import Stage

RULES = """\
faults:
- kind: error
  name: throttled
  error: ThrottlingException
  match: {service: dynamodb, operation: [GetItem, UpdateItem]}
  sequence: {fail: 1, pass: 1}
- kind: kill_caller
  match: {service: dynamodb}
"""


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
def run(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def answer(request: httpx.Request) -> httpx.Response:
        told = stage.admin(request.method, str(request.url.raw_path, "ascii"), content=request.content)
        return httpx.Response(told.status_code, content=told.content)

    edge = EdgeClient(httpx.Client(transport=httpx.MockTransport(answer), base_url="http://localhost"))
    monkeypatch.setattr(faults, "_edge", lambda *_: edge)

    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(("faults", *arguments), monkeypatch, capfd)

    return run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "faults.yaml"
    path.write_text(RULES, encoding="utf-8")
    return path


def test_rules_of_a_file_are_set_and_told_when_it_is_applied(run, file: Path, stage: Stage) -> None:  # type: ignore[no-untyped-def]
    code, told, _ = run("apply", str(file))

    first, second = told.splitlines()
    assert code == 0
    assert first.startswith("f-1    error before  service=dynamodb operation=GetItem,UpdateItem")
    assert "sequence={fail=1 pass=1}" in first
    assert second.endswith("seen 0 fired 0")
    assert stage.call().status_code == 400


def test_list_tells_what_rules_saw_and_missed(run, file: Path, stage: Stage) -> None:  # type: ignore[no-untyped-def]
    run("apply", str(file), "--quiet")
    stage.outcomes(2)

    _, told, _ = run("list")
    _, in_json, _ = run("list", "--json")

    assert "seen 2 fired 1" in told
    assert "missed 1: the caller is no Lambda worker" in told
    assert [rule["seen"] for rule in json.loads(in_json)["faults"]] == [2, 1]


def test_firings_are_told_by_what_they_befell(run, file: Path, stage: Stage) -> None:  # type: ignore[no-untyped-def]
    run("apply", str(file), "--quiet")
    stage.call()

    _, told, _ = run("fired")
    _, none, note = run("fired", "--fault", "f-2")
    _, in_json, _ = run("fired", "--json", "--limit", "1")

    assert "f-1    error before  dynamodb GetItem payments-Wallets UserID=user-1  by a client" in told
    assert (none, note) == ("", "no fault fired\n")
    assert json.loads(in_json)["fired"][0]["fault"] == "f-1"


def test_firing_is_told_in_local_time_as_calls_are(run, file: Path, stage: Stage, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    run("apply", str(file), "--quiet")
    stage.call()
    fired = datetime.fromisoformat(json.loads(run("fired", "--json")[1])["fired"][0]["at"])
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        _, told, _ = run("fired")
    finally:
        monkeypatch.undo()
        time.tzset()

    assert told.startswith(f"{fired.astimezone(timezone(timedelta(hours=5, minutes=30))):%H:%M:%S.}")


def test_faults_are_healed_one_by_one_or_all(run, file: Path, stage: Stage) -> None:  # type: ignore[no-untyped-def]
    run("apply", str(file), "--quiet")

    _, told, _ = run("clear", "f-1")
    assert told.startswith("f-1")
    assert [rule.id for rule in stage.faults.board.rules()] == ["f-2"]
    code, _, note = run("clear")
    assert (code, note) == (0, "healed 1\n")
    assert run("list")[2].startswith("no fault is set")


def test_command_fails_in_words_when_there_is_no_such_fault(run) -> None:  # type: ignore[no-untyped-def]
    code, _, problem = run("clear", "f-9")

    assert code == 2
    assert "there is no fault 'f-9'" in problem


def test_file_is_refused_before_the_edge_is_asked_when_it_is_wrong(run, tmp_path: Path, stage: Stage) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "faults.yaml"
    path.write_text("- kind: reset\n- kind: rset\n", encoding="utf-8")

    code, _, problem = run("apply", str(path))

    assert code == 2
    assert f"{path}:2: rule 2: kind is 'rset' (did you mean reset?)" in problem.replace("\n", "")
    assert stage.faults.board.rules() == []


def test_every_kind_is_told_without_an_environment(run) -> None:  # type: ignore[no-untyped-def]
    _, told, _ = run("kinds")
    _, in_json, _ = run("kinds", "--json")

    assert "kill_caller (before or after)" in told
    assert "  delay_ms: integer" in told
    assert len(json.loads(in_json)["kinds"]) == 8
