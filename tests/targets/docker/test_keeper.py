"""The keeper ends an environment with its owner, and buries it when a container of it dies; nothing else moves it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

import pytest

from harness.targets.docker import keeper
from harness.targets.docker.keeper import STANDS, Keeper
from harness.waiting import wait_until

NAME = "kept"


class Acts:
    """What the keeper did, and whether there is anything to bury."""

    def __init__(self, *deaths: bool) -> None:
        self.done: list[str] = []
        self._deaths = list(deaths)

    def bury(self, name: str) -> bool:
        self.done.append(f"bury {name}")
        return self._deaths.pop(0)

    def down(self, name: str) -> bool:
        self.done.append(f"down {name}")
        return True


def died(service: str) -> str:
    return json.dumps({"Actor": {"Attributes": {"com.docker.compose.service": service}}})


@pytest.fixture
def lifeline(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Give the end of the lifeline that the owner holds."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr("sys.stdin", stdin)
        yield writing
        try:
            os.close(writing)
        except OSError:
            return


def hears(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let the engine tell these lines, and then stay silent."""

    def events(*_: str) -> Iterator[str]:
        yield from lines
        lines_after.wait()

    lines_after = Event()
    monkeypatch.setattr(keeper, "lines_from", events)


def test_environment_goes_down_when_its_owner_is_gone(lifeline: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch)
    acts = Acts()
    os.close(lifeline)

    assert Keeper(NAME, acts.bury, acts.down).run() == 0

    assert acts.done == [f"down {NAME}"]


def test_environment_is_buried_when_a_service_died_although_it_was_to_stand(
    lifeline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hears(monkeypatch, died("locust-worker"), "not JSON", died("edge"))
    monkeypatch.setattr("sys.stderr", io.StringIO())
    acts = Acts(True)
    os.write(lifeline, STANDS)
    os.close(lifeline)

    assert Keeper(NAME, acts.bury, acts.down).run() == 1

    assert acts.done == [f"bury {NAME}"]


def test_keeper_goes_on_when_nothing_died_after_all(lifeline: int, monkeypatch: pytest.MonkeyPatch) -> None:
    hears(monkeypatch, died("edge"), died("moto"))
    acts = Acts(False, True)

    assert Keeper(NAME, acts.bury, acts.down).run() == 1

    assert acts.done == [f"bury {NAME}"] * 2


def test_engine_is_heard_again_and_truth_is_looked_up_when_its_events_end(
    lifeline: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []

    def events(*_: str) -> Iterator[str]:
        heard.append(1)
        if len(heard) > 2:
            Event().wait()  # the thread outlives the test, and must not ask a real engine then
        yield from ()

    monkeypatch.setattr(keeper, "lines_from", events)
    monkeypatch.setattr(keeper, "HEARD_AGAIN_AFTER_S", 0.01)
    acts = Acts(False, True)

    assert Keeper(NAME, acts.bury, acts.down).run() == 1
    wait_until("the thread waits for good", lambda: len(heard) > 2, within_s=5)

    assert acts.done == [f"bury {NAME}"] * 2


def test_nothing_listens_on_when_the_keeper_has_ended() -> None:
    ended = (
        "import subprocess, sys; from harness.targets.docker import keeper; "
        "child = subprocess.Popen(['sleep', '600']); keeper._end_listening(); sys.exit(child.wait())"
    )

    assert subprocess.run([sys.executable, "-c", ended], check=False, timeout=30).returncode != 0
