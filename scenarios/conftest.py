"""Scenarios leave their JUnit report beside their histories; drawn stories are told in batches.

Those marked `alone` are skipped where several workers share an environment; there, long ones begin first.
"""

import os
import re

import pytest

from harness.pytest_plugin import keep_junit
from scenarios.dealing import dealt

STORIES_DEFAULT = 10
STORIES_AT_ONCE = 10
WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
SHARED = WORKERS > 1
ALONE = pytest.mark.skipif(SHARED, reason="needs an environment of its own: run it without -n")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the number of drawn stories, for those who want to look longer."""
    parser.addoption(
        "--stories", type=int, default=STORIES_DEFAULT, help="how many stories are drawn (default: %(default)s)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    keep_junit(config)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs an environment of its own beside others, and deal the others out."""
    for item in items:
        if item.get_closest_marker("alone"):
            item.add_marker(ALONE)
    if SHARED:
        items[:] = dealt(items, WORKERS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Deal the stories out to tests, ten to each, by their numbers."""
    if "story_numbers" in metafunc.fixturenames:
        # A test that is named, to repeat it, is there whatever the number of stories.
        named = re.findall(r"\[(?:.*-)?(\d+)\]", " ".join(metafunc.config.args))
        last = max([metafunc.config.getoption("--stories"), *(int(number) + 1 for number in named)])
        batches = [range(first, min(first + STORIES_AT_ONCE, last)) for first in range(0, last, STORIES_AT_ONCE)]
        ids = [f"{one.start}-{one.stop - 1}" for one in batches]
        metafunc.parametrize("story_numbers", batches, ids=ids)
