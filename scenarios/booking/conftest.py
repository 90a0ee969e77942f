"""What every scenario of the booking system relies on; a scenario that relies on more says so itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.clients import Deployment
from harness.clients.booking import BookingClient
from harness.clients.booking.sabotage import Saboteur
from harness.clients.edge_clock import ClockClient
from harness.pytest_plugin import relies_on
from scenarios.guarantees import EVERY_BOOKING

HERE = Path(__file__).parent
BOOKING = relies_on(*EVERY_BOOKING)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(BOOKING)


@pytest.fixture
def booking(booking: BookingClient, clock: ClockClient) -> BookingClient:
    """The booking system; days are reckoned from the instant that its own clock shows."""
    return booking.at(lambda: clock.show().now)


@pytest.fixture
def passing_time(clock: ClockClient) -> Iterator[ClockClient]:
    """The whole environment's clock, to be moved; for scenarios that are alone. It goes back to the machine's time."""
    clock.must_lead_functions()
    yield clock
    clock.reset()


@pytest.fixture
def saboteur(rehearsal_deployment: Deployment) -> Iterator[Saboteur]:
    """What takes items away behind the system's back, for tests of the tests."""
    with Saboteur(rehearsal_deployment) as one:
        yield one
