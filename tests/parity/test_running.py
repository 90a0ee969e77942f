"""Scenarios run in a process of their own, whose progress is told and which never outlives this one."""

import signal
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from harness.parity.running import Progress, RunFailed, Wanted, run_side

ROOT = Path(__file__).resolve().parents[2]
# Tests that rehearse nothing leave nothing, so the run's folder is written as if they had.
CONFTEST = f"""
import sys
from pathlib import Path

sys.path.insert(0, {str(ROOT)!r})
from tests.parity.runs import Told


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: runs in an environment of its own")


def pytest_sessionfinish(session):
    Path("ended").write_text("")
    Told(seed=session.config.option.rehearsal_seed).written(Path(session.config.option.rehearsal_artifacts) / "run")
"""


@pytest.fixture
def scenarios(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Wanted]:
    """Return what makes scenarios of a text."""
    monkeypatch.chdir(tmp_path)
    # Other plugins of this environment take seconds to import.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p harness.pytest_plugin\n")
    (tmp_path / "conftest.py").write_text(CONFTEST)

    def made(text: str) -> Wanted:
        (tmp_path / "test_stories.py").write_text(dedent(text))
        return Wanted(("test_stories.py",), seed=7, workers=1)

    return made


def test_side_has_what_ran_and_progress_is_told(scenarios: Callable[[str], Wanted], tmp_path: Path) -> None:
    wanted = scenarios("def test_one(): ...\ndef test_two(): assert not 'this'")
    told: list[Progress] = []

    side = run_side("embedded", wanted, tmp_path / "parity", told.append)

    assert (side.name, len(side.rounds)) == ("embedded", 1)
    assert side.rounds[0].seed == 7
    (over,) = (one for one in told if one.is_over)
    assert str(over).startswith("embedded (shared environment): 2 of 2 scenarios, 1 failed, ")


def test_run_is_refused_when_pytest_does_not_come_to_its_tests(
    scenarios: Callable[[str], Wanted], tmp_path: Path
) -> None:
    wanted = scenarios("import nothing_of_that_name")

    with pytest.raises(RunFailed, match="pytest's exit code 2") as caught:
        run_side("embedded", wanted, tmp_path / "parity", lambda _: None)

    assert "nothing_of_that_name" in str(caught.value)


def test_run_is_refused_when_nothing_is_chosen(scenarios: Callable[[str], Wanted], tmp_path: Path) -> None:
    with pytest.raises(RunFailed, match="no scenario was chosen for embedded"):
        run_side("embedded", scenarios("x = 1"), tmp_path / "parity", lambda _: None)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_pytest_is_interrupted_and_awaited_when_this_process_is(
    number: signal.Signals, scenarios: Callable[[str], Wanted], tmp_path: Path
) -> None:
    wanted = scenarios("import threading\ndef test_hangs(): threading.Event().wait()")

    def interrupts(progress: Progress) -> None:
        if progress.tests:
            signal.raise_signal(number)

    with pytest.raises(KeyboardInterrupt):
        run_side("embedded", wanted, tmp_path / "parity", interrupts)

    assert (tmp_path / "ended").exists()
