"""Folders of runs as the plugin leaves them, made by hand: a good one, and one with everything that can go wrong."""

import json
from dataclasses import replace
from pathlib import Path

from harness.history import LedgerEntry
from harness.report.kept import (
    Evidence,
    ExecutionTrace,
    FaultRecord,
    MachineRecord,
    Machines,
    RunRecord,
    StepRecord,
    TestRecord,
    VerdictRecord,
)
from harness.report.run_folder import RunFolder
from tests.checkers.story import whole_story

GOOD, BAD, SKIPPED = (
    f"scenarios/test_it.py::test_payment_{end}" for end in ("completes", "is_charged_once[reset]", "x")
)
STARTED = "2026-01-02T08:00:00+00:00"
RETRY = [{"ErrorEquals": ["States.Timeout"]}]
DEFINITION = json.dumps(
    {
        "StartAt": "Check",
        "States": {
            "Check": {
                "Type": "Task",
                "Retry": RETRY,
                "Next": "Charge",
                "Catch": [{"ErrorEquals": ["NoMoney"], "Next": "Refused"}],
            },
            "Charge": {
                "Type": "Task",
                "Retry": RETRY,
                "Next": "Settle",
                "Catch": [
                    {"ErrorEquals": ["Declined"], "Next": "Compensate"},
                    {"ErrorEquals": ["States.ALL"], "Next": "Compensate"},
                ],
            },
            "Settle": {"Type": "Task", "End": True},
            "Compensate": {"Type": "Task", "Next": "Failed"},
            "Failed": {"Type": "Fail", "Error": "Failed"},
            "Refused": {"Type": "Fail", "Error": "Refused"},
        },
    }
)


def at(second: float) -> str:
    """Return an instant of the run."""
    return f"2026-01-02T08:00:{second:09.6f}+00:00"


def paid(name: str, slow_s: float = 0.0) -> ExecutionTrace:
    """Return a plain success that takes 30 ms and `slow_s`."""
    steps = (
        StepRecord("Check", at(1), at(1.01)),
        StepRecord("Charge", at(1.01), at(1.02 + slow_s)),
        StepRecord("Settle", at(1.02 + slow_s), at(1.03 + slow_s)),
    )
    return ExecutionTrace("flow", name, "SUCCEEDED", "", steps)


def compensated(name: str) -> ExecutionTrace:
    """Return an execution that was tried twice, declined, and compensated."""
    steps = (
        StepRecord("Check", at(1), at(1.01)),
        StepRecord("Charge", at(1.01), at(3.5), 2, ("States.Timeout", "Declined")),
        StepRecord("Compensate", at(3.5), at(3.52)),
        StepRecord("Failed", at(3.52)),
    )
    return ExecutionTrace("flow", name, "FAILED", "Failed", steps)


def evidence(node_id: str, *traces: ExecutionTrace, validity: str = "VALID") -> Evidence:
    """Return what a test leaves; with `validity` INVALID, a counterexample too."""
    broken = validity == "INVALID"
    return Evidence(
        node_id,
        STARTED,
        at(5),
        verdicts=(
            VerdictRecord(
                "INV-1",
                "one_charge_per_payment",
                validity,
                subject="payment pay-1" if broken else "",
                what="was charged 2 times, expected once" if broken else "",
                evidence={"gateway": "charge ch_1\ncharge ch_2"} if broken else {},
                counterexamples=int(broken),
            ),
        ),
        faults=(FaultRecord("reset", {"reference": "pay-1"}, {"times": "1"}, at(1), at(4), 1, (at(1.5),)),),
        executions=traces,
    )


def good_run(path: Path, *, slow_s: float = 0.0) -> Path:
    """Write a run of one test that passed."""
    folder = RunFolder(path)
    traces = [paid(f"pay-{number}", slow_s) for number in range(6)]
    folder.keep_history(GOOD, replace(whole_story().history(GOOD), seed=42))
    folder.keep_evidence(evidence(GOOD, *traces))
    folder.keep_outcome(TestRecord(GOOD, "passed", 1.5, "A customer pays & is happy.", {"card": "<visa>"}))
    folder.keep_machines(Machines((MachineRecord("flow", DEFINITION),)))
    folder.keep_run(RunRecord(42, STARTED, 12.5, arguments=("scenarios", "-n", "4"), python="3.11.7"))
    return path


def bad_run(path: Path) -> Path:
    """Write a run with a test that passed, one that failed with a mismatch in the ledger, and one that was skipped."""
    folder = RunFolder(good_run(path))
    story = whole_story()
    story.ledger.append(LedgerEntry(99, "ch_again", "charge", "succeeded", 4000, "USD", "pay-1", "alice"))
    folder.keep_history(BAD, replace(story.history(BAD), seed=42))
    folder.keep_evidence(evidence(BAD, paid("pay-1"), compensated("pay-2"), validity="INVALID"))
    folder.keep_outcome(
        TestRecord(
            BAD, "failed", 2.5, "The answer is lost.", {"how": "'reset'"}, "    assert x\nE   AssertionError: <b>no"
        )
    )
    folder.keep_outcome(TestRecord(SKIPPED, "skipped", 0.0, "", {}, "not here"))
    folder.keep_run(RunRecord(42, STARTED, 12.5, arguments=("scenarios",), exit_status=1, python="3.11.7"))
    return path


def old_run(path: Path) -> Path:
    """Write a run as it was kept before there were pages: JUnit, counts of verdicts, histories."""
    RunFolder(path).keep_history(GOOD, replace(whole_story().history(GOOD), seed=42))
    (path / "junit.xml").write_text(
        '<testsuites><testsuite><testcase classname="scenarios.test_it" name="test_payment_completes" time="1.5"/>'
        '<testcase classname="scenarios.test_it" name="test_payment_x" time="0.5"><failure message="m">E   no'
        "</failure></testcase></testsuite></testsuites>"
    )
    row = {"invariant": "INV-1", "checker": "one_charge_per_payment", "validity": "VALID", "count": 3}
    (path / "verdicts.json").write_text(json.dumps({"seed": 42, "tests": 2, "verdicts": [row]}))
    return path
