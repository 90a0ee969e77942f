"""What a run keeps in its folder, so that its page can be made from the folder alone, at any time.

| file | what | written by |
| --- | --- | --- |
| run.json | seed, target, times, how it ended | the controlling process, at the end |
| tests.jsonl | one line a test: outcome, duration, story, failure | the controlling process, as each test ends |
| machines.json | the state machines' definitions | the controlling process, at the end |
| <test>/evidence.json | verdicts, faults, executions | the process that ran the test, at its end |
| <test>/history.jsonl, timeline.txt | operations and final reads | the same |

Every document carries the number of its format. Leaves out reading them as one run, which is `harness.report.model`.
"""

from harness.report.kept.documents import RunUnreadable, document_of, read_document
from harness.report.kept.evidence import Evidence, ExecutionTrace, FaultRecord, StepRecord, VerdictRecord
from harness.report.kept.outcomes import MachineRecord, Machines, RunRecord, TestRecord, TrustRecord

__all__ = [
    "Evidence",
    "ExecutionTrace",
    "FaultRecord",
    "MachineRecord",
    "Machines",
    "RunRecord",
    "RunUnreadable",
    "StepRecord",
    "TestRecord",
    "TrustRecord",
    "VerdictRecord",
    "document_of",
    "read_document",
]
