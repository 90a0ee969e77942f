"""Gateways for tests: `gateway` in the process, `wire` behind a port."""

from collections.abc import Iterator

import pytest

from tests.mock_gateway.driving import InProcess, OverTheWire, StoppedClock, in_process, served


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def gateway(clock: StoppedClock) -> Iterator[InProcess]:
    with in_process(clock) as gateway:
        yield gateway


@pytest.fixture
def wire() -> Iterator[OverTheWire]:
    with served() as wire:
        yield wire
