"""What operators do to a running system."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.clients.operator import Operator


@pytest.fixture
def operator(rehearsal_deployment, clock) -> "Operator":
    """Somebody who deploys, restores and mends."""
    from harness.clients.operator import Operator

    return Operator(rehearsal_deployment, clock)
