"""Outcomes out of a JUnit report: how the tests of a run ended that kept no lines of its own."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

from harness.report.kept import RunUnreadable, TestRecord

# How the reason of a test begins that passed where its target can't be trusted; JUnit has no outcome for that.
UNTRUSTED = "untrusted:"
_OUTCOME_BY_TAG = {"failure": "failed", "error": "error", "skipped": "skipped"}


def read_junit(path: Path) -> dict[str, TestRecord]:
    """Return the records by node id; raises RunUnreadable. Tests in classes are told apart by their name alone."""
    try:
        # The file is one that this tool's own pytest wrote, and expat expands no external entities.
        root = Xml.parse(path).getroot()  # noqa: S314
    except (Xml.ParseError, OSError) as problem:
        raise RunUnreadable(f"{path.name} is not readable as a JUnit report: {problem}") from problem
    return {record.node_id: record for record in _records(root)}


def _records(root: Xml.Element) -> Iterator[TestRecord]:
    for case in root.iter("testcase"):
        file = case.get("classname", "").replace(".", "/")
        outcome, failure = "passed", ""
        for part in case:
            if part.tag in _OUTCOME_BY_TAG:
                outcome, failure = _OUTCOME_BY_TAG[part.tag], part.text or part.get("message") or ""
                if outcome == "skipped" and (part.get("message") or "").startswith(UNTRUSTED):
                    outcome = "untrusted"
        node_id = f"{file}.py::{case.get('name', '')}"
        yield TestRecord(node_id, outcome, float(case.get("time", "0")), failure=failure)
