"""The load process: how it is started, and how it ends whatever happens to it."""

import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from loadtests import process
from loadtests.briefing import VARIABLE, Briefing, briefing_from_environment, read_briefing
from loadtests.process import Launch
from loadtests.settings import Settings

SETTINGS = Settings(duration_s=30.0)
# Ends in order when it is told to, and tells its parent when it listens.
PATIENT = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path("{folder}/ended").touch(), sys.exit(0)))
pathlib.Path("{folder}/listens").touch()
time.sleep(30)
"""


def launch_of(folder: Path, code: str, monkeypatch: pytest.MonkeyPatch, **more: object) -> Launch:
    monkeypatch.setattr(process, "command", lambda *_: [sys.executable, "-c", code])
    monkeypatch.setattr(process, "TICK_S", 0.01)
    return Launch(SETTINGS, folder / "briefing.json", folder, **more)  # type: ignore[arg-type]


def test_ending_is_good_when_the_process_ends_with_0(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = process.run(launch_of(tmp_path, "print('done')", monkeypatch))

    assert (ended.code, ended.interrupted, ended.problems) == (0, False, ())
    assert (tmp_path / process.LOG_FILE).read_text() == "done\n"


def test_end_of_the_log_is_quoted_when_the_process_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = process.run(launch_of(tmp_path, "raise SystemExit('no such table')", monkeypatch))

    assert ended.problems == ("the load process ended with 1: no such table",)


def test_process_ends_in_order_when_somebody_interrupts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        if (tmp_path / "listens").exists():
            raise KeyboardInterrupt

    launch = launch_of(tmp_path, PATIENT.format(folder=tmp_path), monkeypatch, on_tick=interrupt)
    ended = process.run(launch)

    assert (ended.code, ended.interrupted, ended.problems) == (0, True, ())
    assert (tmp_path / "ended").exists()


def test_process_is_stopped_and_told_when_it_hangs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "OVERTIME_S", 0.2)
    launch = launch_of(tmp_path, "import time; time.sleep(30)", monkeypatch)
    started_s = time.monotonic()

    ended = process.run(replace(launch, settings=replace(SETTINGS, duration_s=0.1, users=1)))

    assert time.monotonic() - started_s < 10
    assert "was stopped" in ended.problems[0]


def test_nothing_is_left_when_a_tick_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        if (tmp_path / "listens").exists():
            raise ValueError("the queue is gone")

    with pytest.raises(ValueError, match="the queue is gone"):
        process.run(launch_of(tmp_path, PATIENT.format(folder=tmp_path), monkeypatch, on_tick=fail))

    assert (tmp_path / "ended").exists()


def test_ui_stays_on_this_machine_when_it_is_asked_for() -> None:
    words = process.command(replace(SETTINGS, web_port=8123), "--master")

    assert words[words.index("--web-host") + 1] == "127.0.0.1"
    assert words[words.index("--web-port") + 1] == "8123"
    assert "--headless" not in words
    assert words[-1] == "--master"
    assert "--headless" in process.command(SETTINGS)


def test_cloud_wins_over_the_callers_environment_when_both_name_an_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

    environ = process.environ(Path("briefing.json"), {"AWS_ENDPOINT_URL": "http://127.0.0.1:2"})

    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:2"
    assert environ[VARIABLE] == "briefing.json"


def test_briefing_is_the_same_when_read_by_a_load_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    briefing = Briefing(SETTINGS, tmp_path, {"WalletsTable": "load-Wallets"}, "http://127.0.0.1:9", account_id="1")
    path = briefing.write()
    monkeypatch.setenv(VARIABLE, str(path))

    assert read_briefing(path) == briefing
    assert briefing_from_environment() == briefing
