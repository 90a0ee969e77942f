"""`rehearse calls` prints what passed in lines that read well, or as JSON."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harness.cli import calls as module
from harness.edge.call import Target
from harness.edge.record import CallRecord
from harness.edge.record.summary import summarised
from tests.command_line import run_rehearse

ARN = "arn:aws:states:us-east-1:000000000000:execution:payment-flow:pay-1"


def record(**known: Any) -> dict[str, Any]:
    told = {
        "service": "dynamodb",
        "operation": "PutItem",
        "fate": "delivered",
        "status": 200,
        "duration_ms": 1.25,
        **known,
    }
    made = CallRecord(**{"started_at_s": 0.0, "method": "POST", "path": "/", "trace": "", "caller": "", **told})
    return json.loads(made.line())  # type: ignore[no-any-return]


CALLS = [
    record(
        caller="wallet-service", targets=(Target("Wallets", "UserID=user-1"), Target("Events", "ID=1")), execution=ARN
    ),
    record(status=400, error_code="ConditionalCheckFailedException"),
    record(fate="reset", fault={"id": "f-1", "kind": "reset", "phase": "after"}),
    record(service="execute-api", operation="", path="/restapis/abc/v1/_user_request_/payments/pay-1"),
]


class FakeRecord:
    """Answers with CALLS, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.found = CALLS

    def recent(self, **asked: Any) -> list[Any]:
        self.asked.append(asked)
        return self.found

    def follow(self, **asked: Any) -> Iterator[list[Any]]:
        self.asked.append(asked)
        yield CALLS[:1]
        yield CALLS[1:2]

    def summary(self, **_: Any) -> dict[str, Any]:
        made = CallRecord(
            0.0, "dynamodb", "PutItem", "POST", "/", "", "", fate="delivered", status=400, error_code="No"
        )
        return summarised([made, made])


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeRecord:
    fake = FakeRecord()
    monkeypatch.setattr(module, "_record", lambda *_: fake)
    return fake


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))
        return run_rehearse(("calls", *arguments), monkeypatch, capfd)

    return run


def test_calls_are_listed_a_line_each(fake: FakeRecord, rehearse: Any) -> None:
    code, printed, _ = rehearse("--execution", "pay-1", "--last", "7")

    lines = printed.splitlines()
    assert code == 0
    assert [" ".join(line.split()[1:]) for line in lines] == [
        "wallet-service dynamodb PutItem Wallets UserID=user-1 and 1 more 1.2 ms ok for pay-1",
        "- dynamodb PutItem - 1.2 ms 400 ConditionalCheckFailedException",
        "- dynamodb PutItem - 1.2 ms lost (reset), was 200 fault f-1 reset",
        "- execute-api POST /payments/pay-1 - 1.2 ms ok",
    ]
    assert len({line.index(" ms ") for line in lines}) == 1
    assert (fake.asked[0]["execution"], fake.asked[0]["limit"]) == ("pay-1", 7)


def test_lines_come_as_calls_do_when_followed(fake: FakeRecord, rehearse: Any) -> None:
    code, printed, _ = rehearse("--follow", "--service", "dynamodb")

    assert (code, len(printed.splitlines())) == (0, 2)
    assert fake.asked[0]["service"] == "dynamodb"


def test_json_is_one_document_when_listed_and_lines_when_followed(fake: FakeRecord, rehearse: Any) -> None:
    _, listed, _ = rehearse("--json")
    _, followed, _ = rehearse("--json", "--follow")

    assert json.loads(listed) == {"calls": CALLS}
    assert [json.loads(line) for line in followed.splitlines()] == CALLS[:2]


def test_note_says_so_when_there_was_no_such_call(fake: FakeRecord, rehearse: Any) -> None:
    fake.found = []

    assert rehearse() == (0, "", "no such call was recorded\n")


def test_figures_are_told_when_a_summary_is_asked_for(fake: FakeRecord, rehearse: Any) -> None:
    _, printed, _ = rehearse("--summary")
    _, as_json, _ = rehearse("--summary", "--json")

    head, row, total = (line.split() for line in printed.splitlines())
    assert head[:4] == ["service", "operation", "resource", "calls"]
    assert row == ["dynamodb", "PutItem", "-", "2", "2", "0", "0.0", "0.0", "No", "2"]
    assert total[0] == "all"
    assert json.loads(as_json)["total"]["calls"] == 2


def test_summary_can_not_be_followed(fake: FakeRecord, rehearse: Any) -> None:
    code, _, said = rehearse("--summary", "--follow")

    assert code == 2
    assert "can't go together" in said
