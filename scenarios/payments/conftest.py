"""What every scenario of the payments system relies on; a scenario that relies on more says so itself."""

from pathlib import Path

import pytest

from harness.pytest_plugin import relies_on
from scenarios.guarantees import EVERY_PAYMENT

HERE = Path(__file__).parent
PAYMENTS = relies_on(*EVERY_PAYMENT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(PAYMENTS)
            item.add_marker(pytest.mark.money)
