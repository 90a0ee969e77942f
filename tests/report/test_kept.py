"""What a run keeps reads back as it was; what it can't have written is told with its path."""

import json

import pytest

from harness.report.kept import Evidence, RunUnreadable, TestRecord, document_of, read_document
from tests.report.runs import BAD, compensated, evidence


def test_evidence_reads_back_when_it_was_written() -> None:
    kept = evidence(BAD, compensated("pay-1"), validity="INVALID")

    assert read_document(Evidence, json.dumps(document_of(kept)), name="evidence.json") == kept


def test_document_is_read_when_a_neighbouring_version_wrote_it() -> None:
    text = '{"format": 1, "node_id": "a.py::test_a", "outcome": "passed", "mood": "sunny"}'

    assert read_document(TestRecord, text, name="line 1") == TestRecord("a.py::test_a", "passed")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "it is not JSON"),
        ("[]", "it holds list, expected an object"),
        ('{"format": 2}', "it has format 2, expected 1"),
        ('{"format": 1, "node_id": "a"}', "it lacks started_at"),
        ('{"format": 1, "node_id": 7, "started_at": ""}', "it: node_id holds 7, expected str"),
        ('{"format": 1, "node_id": "", "started_at": "", "faults": {}}', "it: faults holds dict, expected an array"),
        (
            '{"format": 1, "node_id": "", "started_at": "", "faults": [7]}',
            "it: faults[0] holds int, expected an object",
        ),
    ],
)
def test_place_is_told_when_a_document_is_not_one(text: str, told: str) -> None:
    with pytest.raises(RunUnreadable, match=r".") as problem:
        read_document(Evidence, text, name="it")

    assert problem.value.headline.startswith(told)
