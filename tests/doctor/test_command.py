"""`rehearse doctor`: a table, evidence of what is broken, JSON on request, and an exit code that scripts can use."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import harness.doctor
from harness.doctor import Finding, Patient, Probe
from tests.command_line import run_rehearse

Rehearse = Callable[..., tuple[int, str, str]]


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Rehearse:
    """Run the command line in this process, on an empty state folder."""

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))
        return run_rehearse(("doctor", *arguments), monkeypatch, capfd)

    return run


@pytest.fixture
def endpoint() -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Pretend findings: by probe, guaranteed when nothing is said."""
    pretended: dict[str, str] = {}

    def examine(_: Patient, probes: list[Probe], *, on_finding: Callable[[Finding], None]) -> list[Finding]:
        found = [Finding(one.id, pretended.get(one.id, "guaranteed"), "as pretended", 0.5) for one in probes]
        for one in found:
            on_finding(one)
        return found

    monkeypatch.setattr(harness.doctor, "examine", examine)
    return pretended


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ({}, 0),
        ({"lambda.runs": "absent"}, 0),
        ({"lambda.runs": "broken", "lambda.timeout": "unknown"}, 1),
        ({"lambda.runs": "unknown"}, 2),
        ({"lambda.runs": "absent", "lambda.timeout": "absent"}, 2),
    ],
)
def test_exit_code_tells_the_worst(
    rehearse: Rehearse, endpoint: str, verdicts: dict[str, str], found: dict[str, str], code: int
) -> None:
    verdicts.update(found)

    answered, _, _ = rehearse("--endpoint", endpoint, "--only", "lambda.runs", "--only", "lambda.timeout")

    assert answered == code


def test_evidence_is_printed_when_something_is_broken(
    rehearse: Rehearse, endpoint: str, verdicts: dict[str, str]
) -> None:
    verdicts["states.retry"] = "broken"

    _, printed, _ = rehearse("--endpoint", endpoint, "--only", "states")

    assert "states.catch-by-name" in printed
    assert "  saw         as pretended" in printed
    assert "  source      https://docs.aws.amazon.com/step-functions/" in printed
    assert printed.rstrip().endswith("guaranteed, 1 broken")


def test_document_has_what_was_done_and_seen_when_json_is_asked_for(
    rehearse: Rehearse, endpoint: str, verdicts: dict[str, str]
) -> None:
    verdicts["lambda.runs"] = "broken"

    code, printed, _ = rehearse("--endpoint", endpoint, "--only", "lambda.runs", "--json")

    document = json.loads(printed)
    (one,) = document["findings"]
    assert code == 1
    assert document["endpoint"] == endpoint
    assert (one["probe"], one["verdict"], one["seen"]) == ("lambda.runs", "broken", "as pretended")
    assert set(one) >= {"does", "documented", "source", "description", "took_s"}


def test_only_quick_probes_run_when_asked(rehearse: Rehearse, endpoint: str, verdicts: dict[str, str]) -> None:
    _, printed, _ = rehearse("--endpoint", endpoint, "--only", "states", "--quick")

    assert "states.catch" in printed
    assert "states.retry" not in printed


def test_probes_are_listed_without_an_endpoint(rehearse: Rehearse) -> None:
    code, printed, _ = rehearse("--list", "--only", "dynamodb.transactions")

    assert code == 0
    assert len(printed.splitlines()) == 3
    assert "Acknowledged plain writes survive cancelled transactions beside them" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--only", "lambda.run"), "did you mean 'lambda.runs'?"),
        (("--only", "dynamodb.ttl", "--quick"), "none of the probes in dynamodb.ttl is quick"),
        (("--endpoint", "http://127.0.0.1:9"), "nobody answers at http://127.0.0.1:9"),
        (("--endpoint", "nonsense"), "is no URL"),
        (("--instance", "absent"), "environment 'absent' is down"),
    ],
)
def test_command_says_what_is_wrong_when_nothing_can_be_examined(
    rehearse: Rehearse, arguments: tuple[str, ...], words: str
) -> None:
    code, _, told = rehearse(*arguments)

    assert code == 2
    assert words in told
    assert "Traceback" not in told


def test_table_is_wide_when_it_is_piped(
    rehearse: Rehearse, endpoint: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    seen = "what was seen takes more than eighty columns together with the probe's name, its verdict and its time"
    monkeypatch.setattr(harness.doctor, "examine", lambda _, probes, **__: [Finding(probes[0].id, "guaranteed", seen)])

    _, told, _ = rehearse("--endpoint", endpoint, "--only", "lambda.runs")

    assert seen in told
