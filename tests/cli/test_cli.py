"""The command line: help with examples, exit codes, errors in words, JSON on request."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
import typer.main

from harness.cli import environments
from harness.cli.app import application
from harness.targets import Environment
from tests.command_line import run_rehearse

REHEARSE = str(Path(sys.executable).with_name("rehearse"))


def commands() -> dict[str, Any]:
    """Every command by its words, sub-commands included."""

    def walk(words: tuple[str, ...], command: Any) -> dict[str, Any]:
        inner = getattr(command, "commands", None)
        if inner is None:
            return {" ".join(words): command}
        return {name: one for word, sub in inner.items() for name, one in walk((*words, word), sub).items()}

    return walk((), typer.main.get_command(application))


@dataclass
class Answer:
    """What a command left: its exit code and what it printed."""

    returncode: int
    stdout: str
    stderr: str


Rehearse = Callable[..., Answer]


@pytest.fixture
def rehearse(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Rehearse:
    """Run the command line in this process, on an empty state folder."""

    def run(*arguments: str, instance: str = "absent") -> Answer:
        monkeypatch.setenv("REHEARSAL_STATE_DIR", str(tmp_path))
        monkeypatch.setenv("REHEARSAL_INSTANCE", instance)
        return Answer(*run_rehearse(arguments, monkeypatch, capfd))

    return run


@pytest.mark.parametrize("words", sorted(commands()))
def test_help_has_a_summary_and_an_example(words: str) -> None:
    command = commands()[words]

    assert command.help
    assert "rehearse" in (command.epilog or "")


@pytest.mark.parametrize("words", sorted(commands()))
def test_every_option_says_what_it_is(words: str) -> None:
    command = commands()[words]
    silent = [one.name for one in command.params if isinstance(one, click.Option) and not one.help]

    assert silent == []


@pytest.mark.parametrize(
    "arguments",
    [
        ("env",),
        ("deploy",),
        ("logs",),
        ("reset",),
        ("pay", "user_test_001", "1.00"),
        ("wallet", "show", "x"),
        ("shell",),
    ],
)
def test_command_says_what_to_do_when_nothing_runs(arguments: tuple[str, ...], rehearse: Rehearse) -> None:
    answer = rehearse(*arguments)

    assert answer.returncode == 2
    assert "environment 'absent' is down, expected it to be ready" in answer.stderr
    assert "rehearse up --instance absent" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_status_is_exit_code_one_and_json_when_nothing_runs(rehearse: Rehearse) -> None:
    answer = rehearse("status", "--json")

    assert answer.returncode == 1
    assert json.loads(answer.stdout) == {"instance": "absent", "state": "down", "parts": {}}


def test_down_is_fine_when_nothing_runs(rehearse: Rehearse) -> None:
    answer = rehearse("down")

    assert (answer.returncode, answer.stdout) == (0, "environment absent was not up\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("up", "--target", "moon"), "target 'moon' is not known"),
        (("up", "--instance", "../x"), "instance name '../x' is not usable"),
        (("build", "--function", "nobody"), "function 'nobody' is in no template"),
    ],
)
def test_wrong_input_is_named_when_given(arguments: tuple[str, ...], words: str, rehearse: Rehearse) -> None:
    answer = rehearse(*arguments)

    assert answer.returncode == 2
    assert words in answer.stderr
    assert "Traceback" not in answer.stderr


def test_exit_code_is_zero_and_nothing_is_said_when_the_reader_has_gone() -> None:
    with subprocess.Popen([REHEARSE, "doctor", "--list"], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as asked:
        assert asked.stdout is not None
        assert asked.stderr is not None
        asked.stdout.close()
        said = asked.stderr.read()

    assert (asked.returncode, said) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="this machine has no /dev/full")
@pytest.mark.parametrize("words", [("version",), ("doctor", "--list")])
def test_exit_code_is_two_and_why_is_said_when_the_disk_is_full(words: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        answer = subprocess.run([REHEARSE, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False)

    assert (answer.returncode, answer.stderr) == (2, "the output can't be written: No space left on device\n")


def test_number_of_fault_rules_is_told_when_a_cloud_comes_up_with_some(
    rehearse: Rehearse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "faults.yaml").write_text("- kind: reset\n- kind: hang\n")
    running = Environment("embedded", "absent", "http://a", "http://g", tmp_path, {"payments": "http://p"})
    told: list[object] = []
    monkeypatch.setattr(environments.lifecycle, "up", lambda *_, **__: (running, None))
    monkeypatch.setattr(environments, "set_rules", lambda _, rules: told.extend(rules))

    answer = rehearse("up", "--faults", str(tmp_path / "faults.yaml"))

    assert (answer.returncode, len(told)) == (0, 2)
    assert "  faults        2 set; see them with: rehearse faults list\n" in answer.stdout


def test_version_is_told() -> None:
    answer = subprocess.run([REHEARSE, "version"], capture_output=True, text=True, check=True)

    assert answer.stdout.startswith("rehearsal 0.")


def test_every_make_command_that_users_know_exists() -> None:
    known = (
        "setup init build-all build-lambda start-local start-localstack start-gateway deploy-local deploy-stepfunction "
        "create-tables test-payment test-payment-small test-payment-large test-payment-fail test-payment-custom "
        "test-e2e test-circuit-breaker test-curl-wallet-credit test-check-wallet-balance logs-lambda logs-stepfunction "
        "validate-template sam-build test-lambda-local shell-localstack clean stop-all"
    )
    listed = subprocess.run(["make", "help"], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True)

    assert set(known.split()) <= {line.split()[0] for line in listed.stdout.splitlines() if line.strip()}
