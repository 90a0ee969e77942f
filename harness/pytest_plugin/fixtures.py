"""The fixtures. Everything heavy is imported inside them, so that a test without them pays nothing."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from harness.pytest_plugin.session import session_of

if TYPE_CHECKING:
    from harness.clients import Deployment, EdgeClient, GatewayClient, PaymentsClient
    from harness.clients.booking import BookingClient
    from harness.clients.capacity import CapacityClient
    from harness.clients.edge_clock import ClockClient
    from harness.faults import Faults
    from harness.pytest_plugin.of_isolation import Isolation
    from harness.pytest_plugin.rehearsal import CheckedHistory, Connections, Rehearsal

REHEARSAL = pytest.StashKey["Rehearsal"]()


@pytest.fixture(scope="session")
def rehearsal_deployment(request: pytest.FixtureRequest) -> "Deployment":
    """The environment, in which systems are deployed when they are asked for."""
    return session_of(request.config).deployment()


@pytest.fixture(scope="session")
def rehearsal_connections(rehearsal_deployment: "Deployment") -> "Iterator[Connections]":
    """The connections that all tests of a process share."""
    from harness.pytest_plugin.rehearsal import Connections

    with Connections(rehearsal_deployment) as connections:
        yield connections


@pytest.fixture
def rehearsal(request: pytest.FixtureRequest, rehearsal_connections: "Connections") -> "Iterator[Rehearsal]":
    """Everything of one test: names of its own, its history, its faults."""
    from harness.pytest_plugin.rehearsal import Rehearsal

    own = Rehearsal(session_of(request.config), rehearsal_connections, request.node.nodeid)
    request.node.stash[REHEARSAL] = own
    try:
        yield own
    finally:
        own.end()


@pytest.fixture
def payments(rehearsal: "Rehearsal") -> "PaymentsClient":
    """The payments system as its customers see it."""
    from harness.pytest_plugin.of_payments import PaymentsPart

    return rehearsal.uses(PaymentsPart).client(rehearsal)


@pytest.fixture
def booking(rehearsal: "Rehearsal") -> "BookingClient":
    """The booking system as its customers and the owners of businesses see it."""
    from harness.pytest_plugin.of_booking import BookingPart

    return rehearsal.uses(BookingPart).client(rehearsal)


@pytest.fixture
def gateway(rehearsal: "Rehearsal") -> "GatewayClient":
    """The card gateway: its ledger is the witness."""
    return rehearsal.gateway


@pytest.fixture
def history(rehearsal: "Rehearsal") -> "CheckedHistory":
    """The test's history; `history.satisfies(…)` is a scenario's last line."""
    return rehearsal.history


@pytest.fixture
def edge(rehearsal: "Rehearsal") -> "EdgeClient":
    """The edge's admin face: which Lambda workers there are, and how to kill one."""
    return rehearsal.edge


@pytest.fixture
def faults(rehearsal: "Rehearsal") -> "Faults":
    """What can be broken, at the gateway and at AWS; what still bites at the end of the test is healed then."""
    return rehearsal.faults


@pytest.fixture
def clock(rehearsal: "Rehearsal") -> "Iterator[ClockClient]":
    """The edge's clock and TTL; tests that share the environment let time pass for items of their own only."""
    from harness.clients.edge_clock import ClockClient

    moved = ClockClient(rehearsal.edge)
    yield moved
    moved.undo()


@pytest.fixture
def capacity(rehearsal: "Rehearsal") -> "Iterator[CapacityClient]":
    """DynamoDB's capacity and heat; tests that share the environment enforce it on single tables, narrowly."""
    from harness.clients.capacity import CapacityClient

    with CapacityClient(rehearsal.edge) as enforced:
        yield enforced


@pytest.fixture
def isolation(request: pytest.FixtureRequest, rehearsal: "Rehearsal") -> "Isolation":
    """The prover of tenants' isolation; its verdict counts like a checker's."""
    from harness.pytest_plugin.of_isolation import Isolation

    session = session_of(request.config)
    folder = session.run_folder().of_test(request.node.nodeid)
    return Isolation(session.deployment(), rehearsal.history, folder, session.seed)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """The run's seed."""
    return session_of(request.config).seed
