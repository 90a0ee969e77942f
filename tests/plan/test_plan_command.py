"""`rehearse plan` exits by its verdict, tells it as text and as JSON, and refuses what makes no sense."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import run_rehearse
from tests.plan.calls import api, call
from tests.plan.calls import written as trace_of
from tests.plan.designs import written

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    file = str(written(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        return run_rehearse(("plan", file, *arguments), monkeypatch, capfd)

    return run


def test_exit_code_is_0_when_the_design_holds(rehearse: Run) -> None:
    code, out, err = rehearse("--rate", "5", "--for", "20s")

    assert code == 0
    assert out.startswith("shop holds: 5 a second\n")
    assert "prices of 20" in err


def test_exit_code_is_1_with_the_reasons_when_it_does_not(rehearse: Run) -> None:
    code, out, _ = rehearse("--rate", "1.2k", "--for", "10s", "--keys", "hot:0.9", "--key-count", "50")

    assert code == 1
    assert "DynamoDB refuses" in out
    assert "user-0" in out


def test_json_holds_every_result_and_the_last_what_if_decides(rehearse: Run) -> None:
    code, out, _ = rehearse(
        *("--rate", "900", "--for", "5s", "--keys", "hot:1", "--json"),
        *("-w", "shards=4", "-w", "user.draw=uniform,quotas.starts_per_s=9e9,quotas.transitions_per_s=9e9"),
    )

    told = json.loads(out)
    assert code == 0
    assert [one["holds"] for one in told["results"]] == [False, False, True]
    assert told["results"][1]["variant"] == "shards=4"
    assert told["holds"] is True


@pytest.mark.slow
def test_growth_is_planned_when_no_traffic_is_named(rehearse: Run) -> None:
    _, out, _ = rehearse("--for", "2s", "--json", "--set", "split_after_s=60")

    assert [one["traffic"] for one in json.loads(out)["results"]] == [
        "10,000 payments a day",
        "100,000 payments a day",
        "1 million payments a day",
        "launch day, 1 million payments",
        "10 million payments a day",
    ]


@pytest.mark.slow
def test_traffic_is_multiplied_and_a_page_is_written(rehearse: Run, tmp_path: Path) -> None:
    page = tmp_path / "out" / "plan.html"
    code, out, _ = rehearse("--rate", "2", "--for", "5s", "--traffic", "x10", "--output", str(page))

    assert code == 0
    assert "2 a second × 10" in out
    assert "<svg" in page.read_text(encoding="utf-8")


def test_recorded_trace_is_planned(rehearse: Run, tmp_path: Path) -> None:
    calls = [api("/pay"), call("dynamodb", "PutItem", resource="s-Wallets", key="UserID=a")]
    code, out, _ = rehearse("--trace", str(trace_of(tmp_path, calls)), "--json")

    assert code == 0
    assert json.loads(out)["results"][0]["dynamodb"]["requests"] == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--rate", "lots"), "--rate is 'lots'"),
        (("--rate", "0"), "expected a number above 0"),
        (("--rate", "5", "--for", "0.2s"), "at least a second"),
        (("--keys", "zpif:2"), "did you mean zipf?"),
        (("--what-if", "Wallets.shrads=3"), "did you mean shards?"),
        (("--set", "split_after=3"), "did you mean split_after_s?"),
        (("--set", "split_after_s=soon"), "expected a number from 0 on"),
        (("--set", "shared_partition_cap=perhaps"), "expected true or false"),
        (("--trace", "calls.jsonl", "--rate", "5"), "brings its own traffic"),
        (("--region", "mars-1"), "no prices of region 'mars-1'"),
    ],
)
def test_nonsense_is_refused_in_words(rehearse: Run, arguments: tuple[str, ...], words: str) -> None:
    code, _, err = rehearse(*arguments)

    assert code == 2
    assert words in err


def test_footprint_of_a_trace_is_printed_as_a_design(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    calls = [api("/pay"), call("dynamodb", "PutItem", resource="s-Wallets", key="UserID=a")]
    code, out, _ = run_rehearse(("footprint", "--trace", str(trace_of(tmp_path, calls))), monkeypatch, capfd)

    assert code == 0
    assert "POST /pay:" in out
    assert "put: Wallets" in out


def test_missing_numpy_says_how_to_get_it(rehearse: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)

    code, _, err = rehearse("--rate", "5")

    assert code == 2
    assert "pip install 'rehearsal[plan]'" in err
