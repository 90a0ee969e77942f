"""What operators do to a running system. Restores need time to pass for everybody, so these scenarios are alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.clients.operator import Operator


HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.alone)


@pytest.fixture
def operator(rehearsal_deployment, clock) -> "Iterator[Operator]":
    """Somebody who deploys, restores and mends."""
    from harness.clients.operator import Operator

    yield Operator(rehearsal_deployment, clock)
    clock.reset()
