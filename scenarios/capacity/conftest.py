"""Scenarios with real capacity limits on the system's tables: they need the environment for themselves.

A limit holds for everybody who uses the table, so beside other scenarios these would throttle them, too.
"""

from pathlib import Path

import pytest

from harness.pytest_plugin import relies_on
from scenarios.guarantees import EVERY_PAYMENT

HERE = Path(__file__).parent
PAYMENTS = relies_on(*EVERY_PAYMENT, "dynamodb.capacity-figures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.alone)
            item.add_marker(PAYMENTS)
