"""A pytest plugin that tells another process how far a run is: one JSON line when it knows, and one for every test.

`-p harness.parity.watching` with the file's path in REHEARSAL_PARITY_PROGRESS. Leaves out what a run keeps anyway.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

VARIABLE = "REHEARSAL_PARITY_PROGRESS"


class Watcher:
    """Writes the lines; registered in the controlling process alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell how many tests there are, of a run without workers."""
        if session.items:
            self._tell({"tests": len(session.items)})

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Tell how many tests there are; every worker finds the same ones."""
        self._tell({"tests": len(ids)})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Tell that a test has ended, or failed before."""
        if report.failed:
            self._tell({"failed": report.nodeid})
        if report.when == "teardown":
            self._tell({"ended": report.nodeid})

    def _tell(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def pytest_configure(config: pytest.Config) -> None:
    """Begin to watch, where somebody wants to know."""
    path = os.environ.get(VARIABLE)
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Watcher(Path(path)), "rehearsal-parity-watcher")
