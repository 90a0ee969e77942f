"""Gateways for tests: `gateway` in the process, `wire` behind a port."""

from collections.abc import Iterator

import pytest

from tests.mock_gateway.driving import InProcess, OverTheWire, StoppedClock, in_process, served


@pytest.fixture(scope="session")
def _shared() -> Iterator[tuple[InProcess, StoppedClock]]:
    # Building the application takes longer than most tests here.
    clock = StoppedClock()
    with in_process(clock) as gateway:
        yield gateway, clock


@pytest.fixture
def clock(_shared: tuple[InProcess, StoppedClock]) -> StoppedClock:
    """The clock of `gateway`."""
    _shared[1].restart()
    return _shared[1]


@pytest.fixture
def gateway(_shared: tuple[InProcess, StoppedClock], clock: StoppedClock) -> InProcess:
    """A gateway in the process, as new."""
    assert _shared[0].send("POST", "/_admin/reset").status == 200
    return _shared[0]


@pytest.fixture
def wire() -> Iterator[OverTheWire]:
    """A gateway behind a port, as new."""
    with served() as wire:
        yield wire
