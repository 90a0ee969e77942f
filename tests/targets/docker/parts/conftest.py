"""The parts behind an edge in a process of their own, with scripted functions behind them: one for all tests."""

from collections.abc import Iterator

import pytest

from tests.targets.docker.parts.serving import Served, serving


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("parts")) as running:
        yield running
