"""One edge for all fuzzing; whoever breaks it is found by its own check."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.fuzz.subject import Subject, edge_process, make_table

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def fuzzed_edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    with edge_process(tmp_path_factory.mktemp("fuzzed")) as subject:
        make_table(subject)
        yield subject


@pytest.fixture
def subject(fuzzed_edge: Subject) -> Subject:
    """The edge, well before and after."""
    fuzzed_edge.must_be_well()
    return fuzzed_edge
