"""The document of the matrix has every engine: its findings, or why there are none."""

from conformance.matrix import Column, document
from harness.doctor import ABSENT, BROKEN, GUARANTEED, UNKNOWN, Finding, chosen_probes

PROBES = chosen_probes(["dynamodb.pitr", "lambda.runs", "states.retry", "sqs.fifo"])


def column(name: str, **seen: tuple[str, str]) -> Column:
    found = {key.replace("_", "."): Finding(key.replace("_", "."), *one) for key, one in seen.items()}
    return Column(name, f"{name} 1.0", found)


def told() -> str:
    sound = column(
        "sound",
        dynamodb_pitr=(GUARANTEED, "as it was"),
        lambda_runs=(GUARANTEED, "yes"),
        states_retry=(UNKNOWN, "too slow"),
        sqs_fifo=(GUARANTEED, ""),
    )
    other = column(
        "other",
        dynamodb_pitr=(BROKEN, "gave the <present> table"),
        lambda_runs=(ABSENT, "no lambda: 501"),
        states_retry=(ABSENT, "no lambda: 501"),
        sqs_fifo=(GUARANTEED, ""),
    )
    gone = Column("gone", not_measured="no Docker engine answers")
    return document(PROBES, [sound, other, gone], date="2026-01-02", machine="2 cores")


def test_row_has_a_sign_for_each_engine_that_was_measured() -> None:
    rows = {line.split("`")[1]: line for line in told().splitlines() if line.startswith("| `")}

    assert rows["dynamodb.pitr"].endswith("| ✓ | **✗** |")
    assert rows["lambda.runs"].endswith("| ✓ | – |")
    assert rows["states.retry"].endswith("| ? | – |")


def test_engine_is_told_with_the_reason_when_it_was_not_measured() -> None:
    assert "- **gone**: not measured, no Docker engine answers" in told()
    assert "| gone |" not in told()


def test_evidence_and_source_are_told_when_a_guarantee_is_broken() -> None:
    broken = told().partition("## What is broken")[2].partition("## What is absent")[0]

    assert "### `dynamodb.pitr`" in broken
    assert "- other: gave the \\<present\\> table" in broken
    assert "(https://docs.aws.amazon.com/" in broken
    assert "lambda.runs" not in broken


def test_what_is_absent_for_one_reason_is_told_in_one_line() -> None:
    assert "- other: `lambda.runs`, `states.retry` absent: no lambda: 501" in told()
    assert "- sound: `states.retry` unknown: too slow" in told()
