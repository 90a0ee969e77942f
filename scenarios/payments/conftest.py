"""What every scenario of the payments system relies on; a scenario that relies on more says so itself."""

from pathlib import Path

import pytest

from harness.pytest_plugin import relies_on

HERE = Path(__file__).parent
# Money moves by transactions on conditions, under tokens that the SDK repeats; steps are functions, and the state
# machine retries and catches their errors by name; a payment is an execution of its own name, begun behind an API.
EVERY_PAYMENT = relies_on(
    "apigateway.lambda-proxy",
    "dynamodb.conditional-writes",
    "dynamodb.numbers",
    "dynamodb.queries",
    "dynamodb.transactions",
    "lambda.error-types",
    "lambda.runs",
    "states.catch-by-name",
    "states.execution-names",
    "states.retry",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(EVERY_PAYMENT)
