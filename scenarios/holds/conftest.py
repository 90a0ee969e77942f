"""Seats that customers hold for a while: a small system of its own, deployed beside payments once a process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fixtures.templates.seat_holds.seats import Seats
from harness.pytest_plugin import relies_on

HERE = Path(__file__).parent
WHAT_HOLDS_NEED = relies_on(
    "apigateway.lambda-proxy",
    "dynamodb.conditional-writes",
    "dynamodb.streams",
    "dynamodb.ttl",
    "lambda.runs",
    "lambda.stream-mappings",
)
TEMPLATE = Path(__file__).parents[2] / "fixtures" / "templates" / "seat_holds" / "template.yaml"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(WHAT_HOLDS_NEED)


@pytest.fixture(scope="session")
def deployed_holds(rehearsal_deployment, worker_id: str):
    """Deploy the seats' stack, under a name of this process."""
    from harness.deploy import deploy_template

    environment = rehearsal_deployment.environment
    return environment, deploy_template(TEMPLATE, environment, stack_name=f"seat-holds-{worker_id}")


@pytest.fixture
def seats(deployed_holds, clock, request: pytest.FixtureRequest) -> Iterator[Seats]:
    """The seats as customers see them, and what is left of their holds."""
    environment, outputs = deployed_holds
    with Seats(environment, outputs, clock, prefix=request.node.name) as seats:
        yield seats
