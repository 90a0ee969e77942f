"""The keeper ends an environment with its owner, and buries it when a container of it dies; nothing else moves it."""

import io
import json
import os
from collections.abc import Iterator

import pytest

from harness.targets.docker import keeper
from harness.targets.docker.keeper import STANDS, Keeper

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

    from threading import Event

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
    monkeypatch.setattr(keeper, "lines_from", lambda *_: iter(()))
    monkeypatch.setattr(keeper, "HEARD_AGAIN_AFTER_S", 0.01)
    acts = Acts(False, True)

    assert Keeper(NAME, acts.bury, acts.down).run() == 1

    assert acts.done == [f"bury {NAME}"] * 2
